# shellcheck shell=sh
# The larger socket buffers on a machine that has booted without them: all files of sysctl.d in their order, as at boot, so that the
# administrator's count; and never less than there is.
for key in rmem_max wmem_max; do
  file=/proc/sys/net/core/$key
  before=$(cat "$file" 2>/dev/null) || continue
  /usr/lib/systemd/systemd-sysctl --prefix="net/core/$key" 2>/dev/null || :
  [ "$(cat "$file")" -ge "$before" ] || echo "$before" >"$file" || :
done
