/**
 * Snapshot archives that are known without any setting, by the name of the source as `from` in the lock. `@SNAPSHOTID@` is the
 * time. Debian's own: everything that its archives held, several times a day (snapshot.debian.org).
 */
export const KNOWN_ARCHIVES: Readonly<Record<string, string>> = {
  debian: "https://snapshot.debian.org/archive/debian/@SNAPSHOTID@/",
  "debian-backports": "https://snapshot.debian.org/archive/debian/@SNAPSHOTID@/",
  "debian-security": "https://snapshot.debian.org/archive/debian-security/@SNAPSHOTID@/",
};
