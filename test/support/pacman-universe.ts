import type { PacmanSpec } from "./pacman-package.ts";

const app = (version: string, lib: string): PacmanSpec => ({
  name: "omg-app",
  version: `${version}-1`,
  depends: ["omg-base", `omg-lib>=${lib}`],
  optdepends: ["omg-extra: more features"],
  files: { "etc/omg-app.conf": `level=${version}\n`, "usr/bin/omg-app": `#!/bin/sh\necho omg-app ${version}\n` },
  backup: ["etc/omg-app.conf"],
});

const editor = (name: string): PacmanSpec => ({
  name,
  version: "1.0-1",
  provides: ["omg-editor=1.0"],
  conflicts: ["omg-editor"],
});

const SCRIPT = `post_install() { echo "post_install $1" >> /var/log/omg-scripts; }
post_upgrade() { echo "post_upgrade $1 $2" >> /var/log/omg-scripts; }
pre_remove() { echo "pre_remove $1" >> /var/log/omg-scripts; }`;

const big = (version: string): PacmanSpec => ({
  name: "omg-big",
  version: `${version}-1`,
  files: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`usr/share/omg-big/f${i}`, `${version} ${i}\n`])),
});

const slow = (seconds: string): string => `post_install() { echo started > /var/log/omg-slow; sleep ${seconds}; }`;

/** The packages that a lab has unless a test says otherwise: small, and between them every behaviour that matters. */
export const PACMAN_UNIVERSE: readonly PacmanSpec[] = [
  { name: "omg-base", version: "1.0-1" },
  { name: "omg-lib", version: "1.0-1", provides: ["libomg.so=1-64"] },
  { name: "omg-extra", version: "1.0-1" },
  app("2.0", "1.0"),
  { name: "omg-ga", version: "1.0-1", groups: ["omg-group"] },
  { name: "omg-gb", version: "1.0-1", groups: ["omg-group"] },
  editor("omg-eda"),
  editor("omg-edb"),
  { name: "omg-needs-editor", version: "1.0-1", depends: ["omg-editor"] },
  { name: "omg-needs-so", version: "1.0-1", depends: ["libomg.so=1-64"] },
  { name: "omg-hates-app", version: "1.0-1", conflicts: ["omg-app"] },
  { name: "omg-broken", version: "1.0-1", depends: ["omg-lib>=9"] },
  { name: "omg-script", version: "1.0-1", install: SCRIPT },
  { name: "omg-failing", version: "1.0-1", install: "post_install() { echo boom >&2; exit 3; }" },
  { name: "omg-slow", version: "1.0-1", install: slow("3") },
  { name: "omg-clash", version: "1.0-1", files: { "usr/share/omg-base/version": "clash\n" } },
  { name: "omg-old", version: "0.9-1" },
  { name: "omg-foreign", version: "1.0-1", repo: "none" },
  big("1.0"),
];

/** What a second generation of the repository has instead of, or besides, the first. */
export const NEXT: readonly PacmanSpec[] = [
  { name: "omg-lib", version: "1.1-1", provides: ["libomg.so=1-64"] },
  app("2.1", "1.1"),
  { name: "omg-script", version: "1:0.9-1", install: SCRIPT },
  { name: "omg-replaces", version: "1.0-1", replaces: ["omg-old"], provides: ["omg-old"], conflicts: ["omg-old"] },
  big("1.1"),
];
