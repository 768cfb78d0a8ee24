import { describe, expect, it } from "vitest";
import { spdxOf } from "../../../providers/pacman/licenses/names.ts";

describe("what Arch's packages call their licenses", () => {
  it.each([
    ["MIT", "MIT"],
    ["gpl-3.0-or-later", "GPL-3.0-or-later"],
    ["MIT OR Apache-2.0", "(MIT OR Apache-2.0)"],
    ["GPL-2.0-only WITH Linux-syscall-note", "(GPL-2.0-only WITH Linux-syscall-note)"],
    ["LicenseRef-Unicode", "LicenseRef-Unicode"],
    ["GPL", "GPL-2.0-or-later"],
    ["GPL2", "GPL-2.0-only"],
    ["GPL3", "GPL-3.0-or-later"],
    ["LGPL2.1", "LGPL-2.1-only"],
    ["Apache", "Apache-2.0"],
    ["custom:Foo License", "LicenseRef-Arch-Foo-License"],
    ["BSD", "LicenseRef-Arch-BSD"],
    ["custom", undefined],
    ["custom:", undefined],
    ["(", "LicenseRef-Arch-unstated"],
  ])("%s is %s", (value, expected) => {
    expect(spdxOf(value)).toBe(expected);
  });
});
