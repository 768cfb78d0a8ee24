import type { DebSpec } from "./deb.ts";

const log = (script: string, version: string) =>
  `echo "${script} $1 $2 (${version})" >> "$DPKG_ROOT/var/log/omg-scripts"`;

const app = (version: string, lib: string): DebSpec => ({
  name: "omg-app",
  version,
  fields: { Depends: `omg-base, omg-lib (>= ${lib})`, Recommends: "omg-extra" },
  files: { "etc/omg-app.conf": `level=${version}\n`, "usr/bin/omg-app": `#!/bin/sh\necho omg-app ${version}\n` },
  conffiles: ["/etc/omg-app.conf"],
});

const editor = (name: string): DebSpec => ({
  name,
  version: "1.0",
  fields: { Provides: "omg-editor", Conflicts: "omg-editor", Replaces: "omg-editor" },
});

const script = (version: string): DebSpec => ({
  name: "omg-script",
  version,
  scripts: { postinst: log("postinst", version), prerm: log("prerm", version), postrm: log("postrm", version) },
});

const big = (version: string): DebSpec => ({
  name: "omg-big",
  version,
  files: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`usr/share/omg-big/f${i}`, `${version} ${i}\n`])),
});

/** The packages that a lab has unless a test says otherwise: small, and between them every behaviour that matters. */
export const UNIVERSE: readonly DebSpec[] = [
  { name: "omg-base", version: "1.0" },
  { name: "omg-lib", version: "1.0" },
  { name: "omg-lib", version: "1.1" },
  app("2.0", "1.0"),
  app("2.1", "1.1"),
  { name: "omg-extra", version: "1.0" },
  editor("omg-eda"),
  editor("omg-edb"),
  { name: "omg-needs-editor", version: "1.0", fields: { Depends: "omg-editor" } },
  { name: "omg-hates-app", version: "1.0", fields: { Conflicts: "omg-app" } },
  { name: "omg-broken", version: "1.0", fields: { Depends: "omg-lib (>= 9)" } },
  script("1.0"),
  script("1.1"),
  { name: "omg-failpost", version: "1.0", scripts: { postinst: "echo boom >&2; exit 3" } },
  { name: "omg-failpre", version: "1.0", scripts: { preinst: "exit 3" } },
  {
    name: "omg-slow",
    version: "1.0",
    scripts: {
      postinst:
        'echo started > "$DPKG_ROOT/var/log/omg-slow"; sleep "$(cat "$DPKG_ROOT/etc/omg-slow" 2>/dev/null || echo 3)"',
    },
  },
  { name: "omg-clash", version: "1.0", files: { "usr/share/omg-base/version": "clash\n" } },
  { name: "omg-epoch", version: "1:0.5" },
  { name: "omg-epoch", version: "0.9" },
  { name: "omg-g++", version: "1.0" },
  big("1.0"),
  big("1.1"),
];
