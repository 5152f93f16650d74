# A mail server of Debian as its package installs and configures it, seen by one program alone: bash debian_mail.sh PACKAGE FOLDER PROGRAM...
#
# Run as root by `unshare --mount --uts --pid --fork --kill-child`. What the package writes goes into memory, on top of
# this machine's files; the server and the program have a network of their own, with the server on port 25. Mails to
# ann@mail.example.com end below FOLDER/root, in /var/mail/ann or /home/ann/Maildir. Everything ends with the program.
set -eu
package=$1 folder=$2
shift 2
mount --make-rprivate /
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
root=$folder/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
hostname mail.example.com
echo mail.example.com >"$root/etc/mailname"
echo 127.0.0.1 localhost mail.example.com >"$root/etc/hosts"
# No daemon starts by itself: 101 is no (invoke-rc.d).
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
# What somebody answers who installs it: a server that takes and sends mail by itself.
chroot "$root" debconf-set-selections <<ANSWERS
exim4-config exim4/dc_eximconfig_configtype select internet site; mail is sent and received directly using SMTP
exim4-config exim4/mailname string mail.example.com
postfix postfix/main_mailer_type select Internet Site
postfix postfix/mailname string mail.example.com
opensmtpd opensmtpd/mailname string mail.example.com
ANSWERS
{
  patient="-o Acquire::Retries=3"
  [ -n "$(find "$root/var/lib/apt/lists" -name '*_Packages*' -print -quit)" ] || chroot "$root" apt-get $patient -qq update
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get $patient -qq install --no-install-recommends -y "$package"
  chroot "$root" useradd --create-home ann
} </dev/null >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
case $package in
  postfix) start="postfix start" ;;
  exim4-daemon-light) start="exim4 -bd -q30m" ;;
  opensmtpd) start=smtpd ;;
esac
export root start
# Not by exec: Exim does not go into the background below process 1.
unshare --net bash -euc '
  ip link set lo up
  chroot "$root" $start >&2
  until (: </dev/tcp/127.0.0.1/25) 2>/dev/null; do sleep 0.05; done
  "$@"
' program "$@"
