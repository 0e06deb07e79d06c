# shellcheck shell=sh
# What systemd-sysusers and systemd-tmpfiles cannot do for the seat's user, at each boot.
#   seat-user.sh USER [ROOT]     ROOT: of another tree, for tests
set -eu
user=$1 root=${2-}

# On image-based systems the groups of the image are in a database of their own (nss-altfiles: /usr/lib/group), which sysusers and usermod
# do not write: a group gets its line in /etc/group, with the number that it has, before it gets a member there.
for group in input video render; do
  line=$(grep "^$group:" "$root/etc/group" || grep -h "^$group:" "$root/usr/lib/group" 2>/dev/null || :)
  [ -n "$line" ] || continue
  members=${line##*:}
  case ,$members, in *,"$user",*) grep -q "^$group:" "$root/etc/group" && continue ;; esac
  new=$(mktemp "$root/etc/group.XXXXXX")
  cp -a "$root/etc/group" "$new" # with its mode and its security label
  grep -v "^$group:" "$root/etc/group" >"$new" || :
  case ,$members, in *,"$user",*) ;; *) members=${members:+$members,}$user ;; esac
  printf '%s:%s\n' "${line%:*}" "$members" >>"$new"
  mv "$new" "$root/etc/group"
done

# Its user manager starts with the machine. Once: an administrator who turns that off (loginctl disable-linger) is obeyed at every later
# boot. The mark lies in the user's own folder: a link that he put there leads nowhere (set -C: new files only).
mark=$root/var/lib/punktfunk/.lingers
if [ ! -e "$mark" ] && [ ! -L "$mark" ]; then
  mkdir -p "$root/var/lib/systemd/linger"
  : >"$root/var/lib/systemd/linger/$user"
  set -C
  : >"$mark"
fi
