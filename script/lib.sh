# Shared by the scripts: what is installed, where things are, temporary servers. Sourced, never run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$root/.venv/bin/python
home=${HOME:-}
[ -n "$home" ] || home=$(getent passwd "$(id -u)" | cut -d: -f6)
[ -w "${home:-/nonexistent}" ] || home=${TMPDIR:-/tmp}/diwan-home-$(id -u)
export HOME=$home
cache=${XDG_CACHE_HOME:-$HOME/.cache}/diwan
export LANG=C.UTF-8 PYTHONUNBUFFERED=1
unset PYTHONHOME PYTHONPATH

# What a Debian 12 machine needs to run the platform, and what its tests and checks need beside.
run_packages=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 gettext)
dev_packages=(postgresql chromium libatomic1 fonts-noto-core openjdk-17-jre-headless maven poppler-utils qpdf libnss3-tools
    clamav-daemon shellcheck tesseract-ocr tesseract-ocr-ara tesseract-ocr-fra)

verapdf_version=1.28.2
elasticsearch_version=8.19.21
elasticsearch_sha256=215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a
maven_dependencies=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# --- Debian packages

missing_packages() { # names; prints those that are not installed
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null)" = installed ] || printf '%s ' "$name"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

may_be_root() { # without a question, or with somebody there to answer it
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo > /dev/null || return 1
    sudo -n true 2> /dev/null || [ -t 0 ]
}

install_packages() { # names: whatever is missing of them
    local names
    if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
        say "note: not a Debian system; see to the like of: $*"
        return 0
    fi
    read -ra names <<< "$(missing_packages "$@")"
    [ ${#names[@]} -gt 0 ] || return 0
    if ! may_be_root; then
        die "These Debian packages are missing. Install them and start again:
    apt-get install --no-install-recommends ${names[*]}"
    fi
    say "installing ${names[*]}"
    apt_install "${names[@]}" 2> /dev/null && return 0
    as_root apt-get -qq update < /dev/null >&2 || say "note: the package lists could not be renewed"
    apt_install "${names[@]}" || die "These Debian packages could not be installed: ${names[*]}"
}

apt_install() { # quietly; its complaints are shown
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" \
        < /dev/null > /dev/null
}

# --- the virtual environment

find_python() { # prints a Python of at least 3.11 that can make a virtual environment
    local candidate
    for candidate in python3.11 python3 python3.12 python3.13 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    local base
    if [ -x "$python" ] && "$python" -c 'import pip' 2> /dev/null; then return 0; fi
    base=$(find_python) || { install_packages python3 python3-venv && base=$(find_python); } \
        || die "Python 3.11 or newer is needed, with venv."
    say "making the virtual environment with $base"
    rm -rf "$root/.venv"
    "$base" -m venv "$root/.venv"
}

is_installed() { # a lock file, unchanged since
    local stamp=$root/.venv/var/$1.sha256
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(sha256sum < "$root/$1")" ]
}

install_lock() { # a lock file; what the machine's pip is set up to reach is where it comes from
    is_installed "$1" && return 0
    say "installing $1"
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
        --requirement "$root/$1" < /dev/null
    mkdir -p "$root/.venv/var"
    sha256sum < "$root/$1" > "$root/.venv/var/$1.sha256"
}

head_line() { # a lock file: the line it begins with, which changes with what it was made from
    local sources=("$root/requirements.in")
    [ "$1" = requirements.txt ] || sources+=("$root/requirements-dev.in")
    printf '# Made by script/setup --lock from sources with sha256 %s\n' "$(cat "${sources[@]}" | sha256sum | cut -d' ' -f1)"
}

# --- the catalogues

compile_messages() { # only what changed
    local po
    for po in "$root"/locale/*/LC_MESSAGES/*.po; do
        [ -f "$po" ] || continue
        [ "${po%.po}.mo" -nt "$po" ] || msgfmt --check-format -o "${po%.po}.mo" "$po"
    done
}

# --- veraPDF and Elasticsearch, for the tests: from Maven packages, kept outside the working tree

fetch_verapdf() {
    local target=$cache/verapdf-$verapdf_version work
    [ -f "$target/.complete" ] && return 0
    say "fetching veraPDF $verapdf_version (19 MB)"
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/verapdf.XXXXXX")
    cat > "$work/pom.xml" << POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local.test</groupId><artifactId>verapdf</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.verapdf.apps</groupId><artifactId>greenfield-apps</artifactId><version>$verapdf_version</version>
  </dependency></dependencies>
</project>
POM
    maven "$work" -f "$work/pom.xml" "$maven_dependencies:copy-dependencies" -DincludeScope=runtime -DoutputDirectory="$work/lib"
    touch "$work/lib/.complete"
    rm -rf "$target"
    mv "$work/lib" "$target"
    rm -rf "$work"
}

fetch_elasticsearch() {
    local target=$cache/elasticsearch-$elasticsearch_version work
    [ -f "$target/.complete" ] && return 0
    say "fetching Elasticsearch $elasticsearch_version (102 MB)"
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/elasticsearch.XXXXXX")
    maven "$work" "$maven_dependencies:copy" -DoutputDirectory="$work" \
        -Dartifact="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$elasticsearch_version:zip"
    sha256sum --check --quiet <<< "$elasticsearch_sha256  $work/elasticsearch-$elasticsearch_version.zip" \
        || die "The archive of Elasticsearch is not the one expected."
    "$python" -m zipfile -e "$work/elasticsearch-$elasticsearch_version.zip" "$work"
    touch "$work/elasticsearch-$elasticsearch_version/.complete"
    rm -rf "$target"
    mv "$work/elasticsearch-$elasticsearch_version" "$target"
    rm -rf "$work"
}

maven() { # folder for its log, which goes when nothing can be fetched; then what Maven is asked
    local work=$1
    shift
    run_maven "$work" "$@" || { trust_what_the_system_trusts "$work" && run_maven "$work" "$@"; } || {
        grep -v '^\[ERROR\] *$' "$work/log" | head -n 5 >&2
        rm -rf "$work"
        die "Maven could not fetch it."
    }
}

run_maven() { # folder with, perhaps, a trust store; then what Maven is asked
    local work=$1 options=${MAVEN_OPTS:-}
    shift
    [ ! -f "$work/trust.p12" ] || options="$options -Djavax.net.ssl.trustStore=$work/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit"
    MAVEN_OPTS=$options mvn -B -q -ntp "$@" < /dev/null > "$work/log" 2>&1
}

trust_what_the_system_trusts() { # Java keeps a list of its own; an administration's own authority is often missing there
    "$python" - "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$1/trust.p12" << 'PY'
import pathlib, sys, warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

warnings.simplefilter("ignore")  # old roots have odd serial numbers
found = x509.load_pem_x509_certificates(pathlib.Path(sys.argv[1]).read_bytes())
entries = [pkcs12.PKCS12Certificate(certificate, str(n).encode()) for n, certificate in enumerate(found)]
pathlib.Path(sys.argv[2]).write_bytes(pkcs12.serialize_java_truststore(entries, BestAvailableEncryption(b"changeit")))
PY
}

# --- free ports and temporary servers

free_port() { # first: prints the first port from there that nobody on this machine uses; from 0, any free one
    "$python" - "$1" << 'PY'
import socket, sys

first = int(sys.argv[1])
for port in range(first, first + 200) if first else [0]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
PY
}

as_postgres() { # initdb and the server refuse root
    if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$(printf '%q ' "$@")"; else "$@"; fi
}

start_postgres() { # an empty cluster of our own in a temporary folder; sets DATABASE_URL; stop_postgres ends it
    pg_bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2> /dev/null | sort -V | tail -n 1)
    [ -n "$pg_bin" ] || pg_bin=$(dirname "$(command -v postgres || die "PostgreSQL is not installed.")")
    pg_dir=$(mktemp -d "${TMPDIR:-/tmp}/diwan-pg.XXXXXX")
    [ "$(id -u)" = 0 ] && chown postgres "$pg_dir"
    pg_port=$(free_port 0)
    (
        cd /
        as_postgres "$pg_bin/initdb" -D "$pg_dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 > "$pg_dir.log" 2>&1
        as_postgres "$pg_bin/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/server.log" -w -t 60 start -o "-p $pg_port -k $pg_dir \
            -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=on -c full_page_writes=on" >> "$pg_dir.log" 2>&1
    ) < /dev/null || { cat "$pg_dir.log" >&2; die "PostgreSQL did not start."; }
    rm -f "$pg_dir.log"
    export DATABASE_URL=postgres://postgres@${pg_dir//\//%2F}:$pg_port/diwan  # by its socket, as on one machine
    export DIWAN_PG_BIN=$pg_bin DIWAN_PG_DATA=$pg_dir/data
    as_postgres "$pg_bin/createdb" -h 127.0.0.1 -p "$pg_port" -U postgres diwan < /dev/null
}

stop_postgres() {
    [ -n "${pg_dir:-}" ] || return 0
    (cd / && as_postgres "$pg_bin/pg_ctl" -D "$pg_dir/data" -m immediate -w stop) < /dev/null > /dev/null 2>&1 || true
    rm -rf "$pg_dir"
    pg_dir=
}

stop_elasticsearch() { # the one the tests may have started in a temporary folder
    [[ ${DIWAN_ELASTICSEARCH_VAR:-} == */diwan-search.* ]] || return 0
    "$root/script/elasticsearch" stop || true
    rm -rf "$DIWAN_ELASTICSEARCH_VAR"
}
