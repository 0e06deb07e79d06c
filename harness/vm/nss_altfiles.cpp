// The database of image-based systems (nss-altfiles) for the stand-in: groups of /usr/lib/group, read only, beside
// those of /etc/group. What glibc asks a module for is in nss.h; its name is in /etc/nsswitch.conf.

#include <grp.h>
#include <nss.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;
File open_groups() {
  return File(std::fopen("/usr/lib/group", "re"));
}

File listing;

// The next entry of the file that fits.
template <typename Fits>
nss_status find(std::FILE* file, Fits fits, group* found, char* buffer, std::size_t size, int* error) {
  if (!file) { return NSS_STATUS_UNAVAIL; }
  for (group* entry = nullptr;;) {
    const int result = fgetgrent_r(file, found, buffer, size, &entry);
    if (result == ERANGE) {
      *error = ERANGE;
      return NSS_STATUS_TRYAGAIN;
    }
    if (result != 0 || !entry) { return NSS_STATUS_NOTFOUND; }
    if (fits(*entry)) { return NSS_STATUS_SUCCESS; }
  }
}

}  // namespace

extern "C" {

nss_status _nss_altfiles_getgrnam_r(const char* name, group* found, char* buffer, std::size_t size, int* error) {
  return find(
      open_groups().get(), [name](const group& one) { return std::strcmp(one.gr_name, name) == 0; }, found, buffer,
      size, error);
}
nss_status _nss_altfiles_getgrgid_r(gid_t id, group* found, char* buffer, std::size_t size, int* error) {
  return find(open_groups().get(), [id](const group& one) { return one.gr_gid == id; }, found, buffer, size, error);
}
nss_status _nss_altfiles_setgrent(int) {
  listing = open_groups();
  return listing ? NSS_STATUS_SUCCESS : NSS_STATUS_UNAVAIL;
}
nss_status _nss_altfiles_endgrent() {
  listing.reset();
  return NSS_STATUS_SUCCESS;
}
nss_status _nss_altfiles_getgrent_r(group* found, char* buffer, std::size_t size, int* error) {
  if (!listing) { listing = open_groups(); }
  return find(listing.get(), [](const group&) { return true; }, found, buffer, size, error);
}
}
