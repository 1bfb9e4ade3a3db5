# shellcheck shell=sh disable=SC2034 # read by the script beside it
# Debian packages of the image.

# What compiles the BPF programs.
BUILD_PACKAGES="clang libbpf-dev linux-libc-dev make"

# What runs. Node.js comes with the base image.
RUNTIME_PACKAGES="libbpf1 libnftables1"
