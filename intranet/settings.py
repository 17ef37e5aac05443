"""The one settings file: production-safe defaults, everything else from the environment (docs/configuration.md)."""

import base64
import hashlib
import zoneinfo
from pathlib import Path

from environs import Env

# The pinned tzdata package decides, never the system's older data (Africa/Casablanca changed in 2026).
zoneinfo.reset_tzpath(to=())

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# --- what kind of installation this is ---------------------------------------------------------------------------
DEMO = env.bool("DIWAN_DEMO", False)  # the demonstration of script/run; never with real data
VAR_DIR = Path(env.str("DIWAN_VAR", str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost"] if DEMO else [])
PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000" if DEMO else "https://localhost").rstrip("/")
WAGTAILADMIN_BASE_URL = PUBLIC_URL

# --- applications ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "intranet.apps.IntranetConfig",
    "search",
    "home",
    "home.circulars",
    "eservices.deposit",
    "eservices.correspondence",
    "core.evidence",
    "core.notifications",
    "core.registers",
    "core.files",
    "core.audit",
    "core.outbox",
    "core.organisations",
    "core.users",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.typed_table_block",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "core.organisations.apps.AccountsConfig",  # wagtail.users with our accounts
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "intranet.middleware.RequestIdMiddleware",
    "intranet.middleware_public.PublicPagesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "intranet.middleware.PolicyMiddleware",
    "intranet.middleware.AdminMiddleware",
    "intranet.middleware.BodySizeMiddleware",
    "intranet.middleware.DatabaseDownMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "intranet.middleware.ReaderLocaleMiddleware",
    "intranet.middleware.PrivateAnswersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "intranet.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "intranet.middleware.StaffMfaMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "intranet.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "intranet.urls"
WSGI_APPLICATION = "intranet.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "diwan": "core.templatetags.diwan",
                "i18n": "core.templatetags.constants",
                "static": "core.templatetags.constants",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "intranet.context_processors.chrome",
            ],
        },
    }
]

SILENCED_SYSTEM_CHECKS = ["templates.W003"]  # two names of Django's are ours on purpose: core.templatetags.constants

FORM_RENDERER = "core.renderer.Renderer"

# --- database ----------------------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR}/diwan.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # The log is brought home after 16 MB instead of 4: whoever commits then waits for it.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; "
            "PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=ON;"
        ),
    }
else:
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "core.postgresql"
    DATABASES["default"]["CONN_MAX_AGE"] = DATABASES["default"].get("CONN_MAX_AGE") or 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Parameters travel apart from statements, so that the server reads and plans a statement once for many uses; behind
    # PgBouncer 1.21+ set max_prepared_statements.
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 2} | _options
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": env.dj_cache_url("CACHE_URL", "db://cache"),
    # header, menu and footer as drawn by this process for the present PUBLIC_STAMP
    "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "fragments"},
}
PUBLIC_CACHE_BYTES = env.int("PUBLIC_CACHE_MB", 64) * 1_000_000  # of each process; 0 keeps nothing
PUBLIC_STAMP = VAR_DIR / "public.stamp"  # all processes of the web server and the worker must see the same one

# --- search ------------------------------------------------------------------------------------------------------
ELASTICSEARCH_URL = env.str("ELASTICSEARCH_URL", "")  # without one, the index in the database answers
ELASTICSEARCH_PREFIX = env.str("ELASTICSEARCH_PREFIX", "diwan")  # of the names of its indexes
ELASTICSEARCH_CA = env.str("ELASTICSEARCH_CA", "")  # certificates that vouch for it
ELASTICSEARCH_TIMEOUT = env.float("ELASTICSEARCH_TIMEOUT", 1.0)  # seconds a reader waits before the database answers
OPENSEARCH = env.bool("OPENSEARCH", False)  # the server is an OpenSearch
SEARCHES_PER_MINUTE = env.int("SEARCHES_PER_MINUTE", 120)  # of one address that has not signed in; 0 lifts it

# --- languages and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", "العربية"), ("fr", "Français"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
WAGTAILSIMPLETRANSLATION_SYNC_PAGE_TREE = True
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Africa/Casablanca"
USE_TZ = True
USE_I18N = True

# --- files -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"  # pictures of pages only; letters and deposits live in FILE_STORE and have no public address
MEDIA_ROOT = VAR_DIR / "media"
DATA_DIR = VAR_DIR / "data"  # the open data of public circulars, written at night, given out under /data/
DATA_LICENCE = env.str("DATA_LICENCE", "https://opendatacommons.org/licenses/odbl/1-0/")  # of feeds and open data
FILE_STORE = Path(env.str("FILE_STORE", str(VAR_DIR / "files")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DEPOSITS_PER_HOUR = env.int("DEPOSITS_PER_HOUR", 60)  # of one network with one administration; 0: no limit
CLAMAV_SOCKET = env.str("CLAMAV_SOCKET", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
MAX_REQUEST_BYTES = 62_000_000  # ten files of together 60 MB, and the form around them
FILE_UPLOAD_HANDLERS = ["core.files.upload.PartUploadHandler"]  # straight to the store, hashed on the way
ACCEL_REDIRECT = env.str("ACCEL_REDIRECT", "")  # the internal address under which nginx serves FILE_STORE

# --- people ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:staff"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_SITE_NAME = "الديوان"
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # nothing of an installation leaves it
WAGTAIL_ENABLE_UPDATE_CHECK = False
# passwords are allauth's, e-mail addresses the administrator's: no second way past rate limits and second factors
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False

ACCOUNT_ADAPTER = "core.users.adapters.AccountAdapter"
MFA_ADAPTER = "core.users.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an administrator
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's address is told nothing
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEMO else "https"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PRESERVE_USERNAME_CASING = True  # compared without regard to case (users_username_once)
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/300s/key", "reset_password": "10/m/ip,3/m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_REQUIRED = env.bool("MFA_REQUIRED", not DEMO)  # of staff
USERSESSIONS_TRACK_ACTIVITY = False  # reading a page writes nothing
# secrets in the database (core.crypto): the first key encrypts, the others still read what older ones wrote
_field_keys = [key.strip() for key in env.list("FIELD_KEY", []) if key.strip()] or [SECRET_KEY]
FIELD_KEYS = [base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()) for key in _field_keys]
FIELD_KEY = FIELD_KEYS[0]

# --- mail --------------------------------------------------------------------------------------------------------
_mail = env.dj_email_url("EMAIL_URL", f"file:///{VAR_DIR}/mail" if DEMO else "smtp://localhost:25")
globals().update({key: value for key, value in _mail.items() if key.startswith("EMAIL_")})
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "diwan@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- seal and evidence -------------------------------------------------------------------------------------------
SEAL_PKCS12 = env.str("SEAL_PKCS12", "")
SEAL_PKCS12_PASSWORD = env.str("SEAL_PKCS12_PASSWORD", "")
SEAL_PKCS11_MODULE = env.str("SEAL_PKCS11_MODULE", "")
SEAL_PKCS11_TOKEN = env.str("SEAL_PKCS11_TOKEN", "")
SEAL_PKCS11_PIN = env.str("SEAL_PKCS11_PIN", "")
SEAL_PKCS11_LABEL = env.str("SEAL_PKCS11_LABEL", "")
TIME_STAMP_URL = env.str("TIME_STAMP_URL", "")
LOG_KEY = Path(env.str("LOG_KEY", str(VAR_DIR / "keys" / "log.pem")))  # signs the checkpoints of the evidence log
LOG_NAME = env.str("LOG_NAME", "")  # how checkpoints name this installation; by default the host of PUBLIC_URL
CHECKPOINT_DIR = Path(env.str("CHECKPOINT_DIR", str(VAR_DIR / "checkpoints")))

# --- web security ------------------------------------------------------------------------------------------------
SECURE_COOKIES = not DEMO
SESSION_COOKIE_NAME = "__Host-sessionid" if SECURE_COOKIES else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SECURE_COOKIES else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "intranet.views.csrf_failure"
SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- logs: one JSON object a line, an event name and data, never names or subjects ---------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "intranet.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "intranet.logs.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{request_id}",
            "style": "{",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger", "message": "event"},
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django": {"handlers": [], "propagate": True}, "elastic_transport": {"level": "ERROR"}},
}
