#!/bin/sh
# Runs its arguments under the first Python on PATH that is new enough, or says in one sentence what to install.
probe='import sys; print("%d.%d%s" % (sys.version_info[0], sys.version_info[1], "+" if sys.version_info >= (3, 11) else ""))'
found=
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    version=$("$path" -c "$probe" 2>/dev/null)
    case $version in
        3.*+) exec "$path" "$@" ;;
        [23].*) found="$found, $path is Python $version" ;;
        *) found="$found, $path does not work as a Python" ;;
    esac
done
[ -n "$found" ] && found=${found#, } || found="none is on PATH"
echo "Loom needs Python 3.11 or newer, but $found. Install one (Debian 12, Ubuntu 24.04 or newer: apt install python3 python3-venv) or name one with make PYTHON=/path/to/python3." >&2
exit 1
