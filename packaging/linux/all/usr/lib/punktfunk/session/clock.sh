# shellcheck shell=sh
# What the bar of the seat's desktop shows.
while date '+%A %H:%M:%S'; do sleep 1; done
