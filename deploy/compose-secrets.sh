#!/bin/sh
# Makes what compose.yaml needs and no repository may hold: certificates, passwords, SESSION_KEYS and the admin key.
#   sh deploy/compose-secrets.sh [folder]        the default is deploy/secrets, which git ignores
# Only what is missing is made. To renew a certificate, delete it and run this again.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
days=397

umask 077
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$folder"
chmod 700 .

if [ ! -e ca.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj '/CN=fulcrum-redis-ca' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout ca-key.pem -out ca.pem 2>/dev/null
fi

# certificate <name> <names of the host> <purposes>
certificate() {
  [ ! -e "$1.pem" ] || return 0
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
    -keyout "$1-key.pem" -out "$1.csr" 2>/dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=%s\nkeyUsage=critical,digitalSignature\n' "$2" "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days "$days" -extfile "$1.ext" \
    -out "$1.pem" 2>/dev/null
  rm -f "$1.csr" "$1.ext"
}
# The server's is also a client's: of the health check in its own container.
certificate redis-server 'DNS:redis,DNS:localhost,IP:127.0.0.1' 'serverAuth,clientAuth'
certificate redis-client 'DNS:fulcrum' 'clientAuth'

# The password is in one file and its hash in the other, so that they are made together.
if [ ! -e service.env ] || [ ! -e users.acl ]; then
  password=$(openssl rand -hex 32)
  client_password=$(openssl rand -hex 32)
  health_password=$(openssl rand -hex 32)
  # All else in the file stays: the keys of what is stored already outlive the password of the user that stores it.
  kept=$(grep -v '^REDIS_URL=' service.env 2>/dev/null || true)
  cat >service.env.new <<END
REDIS_URL=rediss://fulcrum:$password@redis:6379
${kept:-SESSION_KEYS=$(date +%Y-%m):$(openssl rand -base64 32)
ADMIN_API_KEY=fk_admin_$(openssl rand -hex 32)}
END
  mv service.env.new service.env
  printf '%s' "$client_password" >message-client-password
  printf '%s' "$health_password" >redis-health-password
  hash() { printf '%s' "$1" | openssl dgst -sha256 -r | cut -d ' ' -f 1; }
  sed -e "s/#SHA256-OF-THE-PASSWORD-OF-FULCRUM-CLIENT/#$(hash "$client_password")/" \
    -e "s/#SHA256-OF-THE-PASSWORD-OF-FULCRUM/#$(hash "$password")/" "$here/redis/users.acl" >users.acl
  # Who asks whether Redis has loaded its data, and may do nothing else.
  printf '\nuser health on #%s resetkeys resetchannels -@all +ping\n' "$(hash "$health_password")" >>users.acl
fi

# Compose mounts these one by one, and the users of the containers are not yours: the closed folder is what protects
# them here. The other files are read by nobody but you.
chmod 644 ca.pem redis-server.pem redis-server-key.pem redis-client.pem redis-client-key.pem users.acl \
  redis-health-password
echo "Secrets are in $folder; the admin key is in service.env."
