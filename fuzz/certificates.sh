#!/usr/bin/env bash
# Makes the seeds of `fuzz_targets/certificates.rs`, with OpenSSL 3.0. The keys are thrown away: nothing
# but these files has their signatures.
set -euo pipefail
seeds=$(dirname "${BASH_SOURCE[0]}")/seeds/certificates
rm -rf "$seeds"
mkdir -p "$seeds"
cd "$seeds"
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$keys/$1.key"
}

# request NAME SUBJECT: a key and a request for a certificate.
request() {
  key "$1"
  openssl req -new -key "$keys/$1.key" -subj "$2" -out "$keys/$1.csr"
}

# sign NAME CA EXTENSION…: issues a certificate; without extensions it has version 1.
sign() {
  local name=$1 ca=$2
  shift 2
  printf '%s\n' "$@" >"$keys/extensions"
  openssl x509 -req -in "$keys/$name.csr" -days 36500 -out "$keys/$name.pem" -CA "$keys/$ca.pem" \
    -CAkey "$keys/$ca.key" -set_serial "0x$(openssl rand -hex 8)" \
    ${1:+-extfile "$keys/extensions"} 2>/dev/null
  openssl x509 -in "$keys/$name.pem" -outform DER -out "$name.der"
}

key root
openssl req -x509 -key "$keys/root.key" -subj "/CN=Root" -days 36500 -out "$keys/root.pem"
key given
openssl req -x509 -key "$keys/given.key" -subj "/CN=db.example.com" -days 36500 -out "$keys/given.pem" \
  -addext "subjectAltName=DNS:db.example.com"
openssl x509 -in "$keys/given.pem" -outform DER -out given.der
cat "$keys/root.pem" "$keys/given.pem" >roots.pem

names="subjectAltName=DNS:db.example.com,IP:127.0.0.1"
request named "/O=named"
sign named root "$names"
request authority "/O=authority"
sign authority root "$names" "basicConstraints=critical,CA:TRUE"
request common "/CN=db.example.com"
sign common root "basicConstraints=CA:FALSE"
request first "/CN=db.example.com"
sign first root
request intermediate "/CN=Intermediate"
sign intermediate root "basicConstraints=critical,CA:TRUE" "keyUsage=keyCertSign"
request below "/O=below"
sign below intermediate "$names"

# Of no root.
openssl req -x509 -newkey rsa:1024 -nodes -keyout "$keys/pss.key" -subj "/CN=db.example.com" -days 36500 \
  -sigopt rsa_padding_mode:pss -outform DER -out stranger.der 2>/dev/null

# As a server shows them.
cat below.der intermediate.der >chain.der
rm below.der
