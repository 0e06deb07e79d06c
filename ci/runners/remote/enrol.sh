#!/bin/sh
# Makes a bootc host a CI hardware runner, as root; run over ssh by resources.ts, and again whenever something of it changes.
# Before this text stand: name, account, labels (comma between), keys (one a line), service_url, archive_url, archive_sha256.
# On standard input: the registration token, which is asked for only when the runner is not registered like this yet.
# shellcheck disable=SC2154
set -eu
umask 022
root=${PUNKTFUNK_ROOT-}
home=/var/lib/punktfunk-runner
unit=/etc/systemd/system/punktfunk-runner.service
fail() {
  echo "$name: $*" >&2
  exit 1
}

command -v bootc >/dev/null || fail "this is not a bootc host"
# What .github/workflows/hardware.yml calls; the user of the runner cannot install it.
for program in git npm; do
  command -v "$program" >/dev/null || fail "$program is missing, which the work of a runner needs: it belongs into the host's image"
done

# Keys first: who is to mend a runner that cannot be set up must get in.
account_home=$(getent passwd "$account" | cut -d: -f6)
[ -n "$account_home" ] || fail "there is no account $account"
ssh_dir=$root$account_home/.ssh
mkdir -p "$ssh_dir"
chmod 700 "$ssh_dir"
touch "$ssh_dir/authorized_keys"
{
  sed '/^# punktfunk runner keys$/,/^# end of punktfunk runner keys$/d' "$ssh_dir/authorized_keys"
  if [ -n "$keys" ]; then
    printf '# punktfunk runner keys\n%s\n# end of punktfunk runner keys\n' "$keys"
  fi
} >"$ssh_dir/authorized_keys.new"
chmod 600 "$ssh_dir/authorized_keys.new"
chown "$account": "$ssh_dir" "$ssh_dir/authorized_keys.new"
mv "$ssh_dir/authorized_keys.new" "$ssh_dir/authorized_keys"
if command -v restorecon >/dev/null; then restorecon -R "$ssh_dir"; fi

getent passwd punktfunk-runner >/dev/null ||
  useradd --system --home-dir "$home" --no-create-home --shell /usr/sbin/nologin punktfunk-runner
mkdir -p "$root$home"
chown punktfunk-runner: "$root$home"

registration=$(printf '%s\n' "$name" "$labels" "$service_url" "$archive_sha256")
if [ "$(cat "$root$home/registration" 2>/dev/null)" != "$registration" ]; then
  token=''
  read -r token || true
  [ -n "$token" ] || fail "there is no registration token: set punktfunk:runner_token to a fresh one"
  systemctl stop punktfunk-runner.service 2>/dev/null || true
  rm -rf "$root$home/runner" "$root$home/registration"
  mkdir "$root$home/runner"
  curl --fail --silent --show-error --location --proto '=https' --output "$root$home/runner.tar.gz" "$archive_url" ||
    fail "the runner program could not be fetched from $archive_url"
  echo "$archive_sha256  $root$home/runner.tar.gz" | sha256sum --check --status ||
    fail "the runner program from $archive_url is not the one with SHA-256 $archive_sha256"
  tar -xzf "$root$home/runner.tar.gz" -C "$root$home/runner"
  rm "$root$home/runner.tar.gz"
  chown -R punktfunk-runner: "$root$home/runner"
  (cd "$root$home/runner" && runuser -u punktfunk-runner -- ./config.sh --unattended --replace --url "$service_url" --token "$token" \
    --name "$name" --labels "$labels") || fail "the runner service refused the registration"
  printf '%s\n' "$registration" >"$root$home/registration"
fi

# bash runs the program because SELinux lets no service start a file below /var. Groups come by name from the unit: on an ostree
# system they are not in /etc/group, where usermod looks for them.
cat >"$root$unit" <<UNIT
[Unit]
Description=CI runner for punktfunk on this hardware
Wants=network-online.target
After=network-online.target

[Service]
User=punktfunk-runner
SupplementaryGroups=video render input
WorkingDirectory=$home/runner
ExecStart=/bin/bash $home/runner/run.sh
KillMode=mixed
TimeoutStopSec=5min
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable punktfunk-runner.service
systemctl restart punktfunk-runner.service
