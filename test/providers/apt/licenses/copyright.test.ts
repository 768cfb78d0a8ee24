import { describe, expect, it } from "vitest";
import { spdxText } from "../../../../host/spdx-expression.ts";
import { licenseOfCopyright } from "../../../../providers/apt/licenses/copyright.ts";
import { exceptionOf, spdxIdOf } from "../../../../providers/apt/licenses/short-names.ts";
import { parseSynopsis } from "../../../../providers/apt/licenses/synopsis.ts";

const synopsis = (line: string) => {
  const found = parseSynopsis(line);
  return found === undefined ? undefined : spdxText(found);
};
const expressionOf = (text: string) => licenseOfCopyright(text, "copyright").expression;

describe("Debian's names of licenses", () => {
  it.each([
    ["GPL-2+", "GPL-2.0-or-later"],
    ["GPL-2", "GPL-2.0-only"],
    ["GPL-3.0", "GPL-3.0-only"],
    ["GPLv3+", "GPL-3.0-or-later"],
    ["GPL", "GPL-1.0-or-later"],
    ["LGPL-2.1", "LGPL-2.1-only"],
    ["LGPLv2.1+", "LGPL-2.1-or-later"],
    ["LGPL", "LGPL-2.0-or-later"],
    ["AGPL-3+", "AGPL-3.0-or-later"],
    ["GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"],
    ["GFDL-1.2", "GFDL-1.2-only"],
    ["Expat", "MIT"],
    ["MIT/X11", "MIT"],
    ["BSD-3-clause", "BSD-3-Clause"],
    ["Apache-2", "Apache-2.0"],
    ["MPL-1.1+", "MPL-1.1+"],
    ["Artistic", "Artistic-1.0-Perl"],
    ["zlib", "Zlib"],
    ["CC-BY-SA-4", "CC-BY-SA-4.0"],
    ["OpenLDAP-2.8", "OLDAP-2.8"],
    ["public-domain", "LicenseRef-Debian-public-domain"],
    ["My own: licence!", "LicenseRef-Debian-My-own-licence"],
    ["OPL-1+", "LicenseRef-Debian-OPL-1-or-later"],
    ["GPL-9", "LicenseRef-Debian-GPL-9"],
  ])("%s is %s", (name, id) => expect(spdxIdOf(name)).toBe(id));

  it("an exception's version follows the license's", () => {
    expect(exceptionOf("Autoconf exception", "GPL-2.0-or-later")).toBe("Autoconf-exception-2.0");
    expect(exceptionOf("Autoconf exception", "GPL-3.0-or-later")).toBe("Autoconf-exception-3.0");
  });
});

describe("the line that names them", () => {
  it.each([
    ["GPL-1+ or Artistic", "Artistic-1.0-Perl OR GPL-1.0-or-later"],
    ["GPL-2+ or Artistic-2.0, and BSD-3-clause", "(Artistic-2.0 OR GPL-2.0-or-later) AND BSD-3-Clause"],
    ["GPL-2+ or Artistic-2.0 and BSD-3-clause", "Artistic-2.0 AND BSD-3-Clause OR GPL-2.0-or-later"],
    ["MIT, BSD-3-clause, ISC", "BSD-3-Clause AND ISC AND MIT"],
    ["LGPLv3+_or_GPLv2+", "GPL-2.0-or-later OR LGPL-3.0-or-later"],
    ["GPL-2 or later", "GPL-2.0-or-later"],
    ["GPL-2 or (at your option) any later version", "GPL-2.0-or-later"],
    ["GPL-2+ and/or MIT", "GPL-2.0-or-later AND MIT"],
    ["GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"],
    ["GPL-3+-WITH-BISON-EXCEPTION", "GPL-3.0-or-later WITH Bison-exception-2.2"],
    ["GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"],
    ["GPL-2+ with OpenSSL exception", "GPL-2.0-or-later"],
    ["GPL-2-autoconf-exception", "GPL-2.0-only WITH Autoconf-exception-2.0"],
    ["Apache-2.0 with LLVM exception", "Apache-2.0 WITH LLVM-exception"],
    ["", undefined],
    ["Permission to use, copy, modify, and distribute this software and its documentation", undefined],
  ])("%j is %j", (line, expected) => expect(synopsis(line)).toBe(expected));
});

describe("a machine-readable copyright file", () => {
  const FILE = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: omg
Source: https://example.org

Files: *
Copyright: 2026 Somebody
License: GPL-2+
 Some text: with a colon.
 .
 License: not-a-field

Files: debian/*
Copyright: 2026 A Packager
License: Expat

Files: lib/*
Copyright: 2026 Somebody Else
License: BSD-3-clause or Expat

License: Beerware
 Only a text that nothing is under.
`;
  const EXPECTED = "(BSD-3-Clause OR MIT) AND GPL-2.0-or-later AND MIT";

  it("is under everything that its files are under, and not under texts that stand by themselves", () => {
    expect(licenseOfCopyright(FILE, "/x/copyright")).toEqual({
      expression: EXPECTED,
      basis: "stated",
      detail: "/x/copyright states it.",
    });
  });

  it("reads the same with other line ends, capitals, blanks on empty lines and without a newline at the end", () => {
    expect(expressionOf(FILE.replaceAll("\n", "\r\n"))).toBe(EXPECTED);
    expect(expressionOf(FILE.replaceAll("License:", "LICENSE:").replaceAll("\n\n", "\n  \n"))).toBe(EXPECTED);
    expect(expressionOf(FILE.trimEnd())).toBe(EXPECTED);
  });

  it("tells a license without a name from its text, and says where there is neither", () => {
    const isc =
      "License:\n Permission to use, copy, modify, and distribute this software for any purpose with or without fee";
    expect(expressionOf(FILE.replace("License: Expat", isc))).toContain("ISC");
    expect(expressionOf(FILE.replace("License: Expat", "License:"))).toContain("LicenseRef-Debian-unstated");
    expect(licenseOfCopyright("Format: x\n\nFiles: *\nCopyright: me\nLicense:\n", "f").basis).toBe("unknown");
  });
});

describe("a copyright file in prose", () => {
  const gpl = (version: string, later: boolean) =>
    `This program is free software; you can redistribute it and/or modify it under the terms of the GNU General
   Public License as published by the Free Software Foundation; ${later ? "either " : ""}version ${version} of the License${later ? ", or\n  (at your option) any later version" : ""}.`;

  it.each([
    ["version 2 or later", gpl("2", true), "GPL-2.0-or-later"],
    ["version 2 alone", gpl("2", false), "GPL-2.0-only"],
    ["with the link beside it", `${gpl("2", true)}\nSee /usr/share/common-licenses/GPL-3.`, "GPL-2.0-or-later"],
    ["a link alone", "See /usr/share/common-licenses/LGPL-2.1", "LGPL-2.1-only"],
    ["a link without a version", "See `/usr/share/common-licenses/GPL'.", "GPL-1.0-or-later"],
    ["Lesser", gpl("2.1", true).replace("General\n   Public", "Lesser General Public"), "LGPL-2.1-or-later"],
    ["behind comment marks", gpl("3", true).replaceAll("\n", "\n * "), "GPL-3.0-or-later"],
    ["Apache", "Licensed under the Apache License, Version 2.0 (the License)", "Apache-2.0"],
    ["MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of", "MIT"],
  ])("%s", (_, text, expected) => expect(expressionOf(text)).toBe(expected));

  it("tells the licenses of BSD by their conditions", () => {
    const bsd = (more: string) => `Redistribution and use in source and binary forms, with or without ${more}`;
    expect(expressionOf(bsd("1. 2."))).toBe("BSD-2-Clause");
    expect(expressionOf(bsd("3. Neither the name may be used to endorse or promote products"))).toBe("BSD-3-Clause");
    expect(expressionOf(bsd("3. All advertising materials mentioning, to endorse or promote"))).toBe("BSD-4-Clause");
  });

  it("is unknown where nothing is recognized", () => {
    expect(licenseOfCopyright("You may do with this whatever the author would have liked.", "/x/copyright")).toEqual({
      basis: "unknown",
      detail: "No license that is known could be told from /x/copyright.",
    });
    expect(licenseOfCopyright("", "f").basis).toBe("unknown");
  });
});
