"""Uploads go straight to where they will lie: written aside and hashed as they arrive, never held in memory."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from core.files import store
from core.files.enums import MAX_FILE_BYTES


class PartUpload(UploadedFile):
    """An upload whose bytes already lie aside in the store. `operations.receive` takes it without copying.

    Over the limit of one file the bytes are only counted, so that the rest of the form arrives and the refusal can
    name the size.
    """

    def __init__(self, name, content_type, charset, content_type_extra):
        self.part = store.current().new_part()
        super().__init__(self.part.file, name, content_type, 0, charset, content_type_extra)

    def temporary_file_path(self):
        return str(self.part.path)

    def write(self, chunk):
        self.size += len(chunk)
        if self.size <= MAX_FILE_BYTES:
            self.part.write(chunk)

    def close(self):
        self.part.discard()


class PartUploadHandler(FileUploadHandler):
    """The upload handler of this site (settings name it)."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.file = PartUpload(self.file_name, self.content_type, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data, start):
        self.file.write(raw_data)

    def file_complete(self, file_size):
        if self.file.size <= MAX_FILE_BYTES:
            self.file.part.flush()
        self.file.seek(0)
        return self.file

    def upload_interrupted(self):
        if hasattr(self, "file"):
            self.file.close()
