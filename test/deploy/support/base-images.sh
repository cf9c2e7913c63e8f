#!/usr/bin/env bash
# usage: base-images.sh [IMAGE …]
# Makes local images with the names that the Dockerfile and deploy/compose.yaml use, for machines that cannot pull them.
# The base of the build is made with debootstrap; the others have one program of this machine and the libraries it links.
# An image that exists is kept.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# node:24-bookworm, with the Node of the lock file and the npm of this machine.
build_base() {
  local root=$work/build
  debootstrap --variant=minbase --include=ca-certificates,tzdata,binutils bookworm "$root" >"$work/debootstrap.log" ||
    { tail -20 "$work/debootstrap.log" >&2; exit 1; }
  cp -L node_modules/.bin/node "$root/usr/local/bin/node"
  cp -r "$(npm root --global)/npm" "$root/usr/local/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # How this machine reaches the registry: its certificates and the settings of its npm.
  cp /etc/ssl/certs/ca-certificates.crt "$root/usr/local/share/registry-certificates.crt"
  mkdir -p "$root/usr/local/etc"
  {
    echo "registry=$(npm config get registry --location=global)"
    echo 'cafile=/usr/local/share/registry-certificates.crt'
  } >"$root/usr/local/etc/npmrc"
  rm -rf "$root"/var/cache/apt/archives/*.deb
  tar -C "$root" -c . | docker import - "$1" >/dev/null
}

# program IMAGE FILE OPTIONS…: an image of one program, with it as its entrypoint.
program() {
  local image=$1 file root=$work/program
  file=$(readlink -f "$(command -v "$2")")
  rm -rf "$root" && mkdir -p "$root/usr/bin" "$root/tmp" && chmod 1777 "$root/tmp"
  cp "$file" "$root/usr/bin/$2"
  for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true); do
    mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"
  done
  tar -C "$root" -c . | docker import "${@:3}" - "$image" >/dev/null
}

make() {
  case $1 in
    node:*) build_base "$1" ;;
    redis:*) program "$1" redis-server ;;
    haproxy:*) program "$1" haproxy ;;
    prom/prometheus:*) program "$1" prometheus --change 'ENTRYPOINT ["prometheus"]' ;;
    *) echo "no recipe for $1" >&2; exit 1 ;;
  esac
}

images=("$@")
[ ${#images[@]} -gt 0 ] || images=($(sed -n 's/^FROM \(.*:[^ ]*\).*/\1/p' Dockerfile))
for image in "${images[@]}"; do
  docker image inspect "$image" >/dev/null 2>&1 || make "$image"
done
