import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { startFolder, whoIsThis } from "../../cli/context.ts";

const { uid, username, homedir } = userInfo();

describe("who this is", () => {
  it("is the account, with the HOME of the environment", () => {
    expect(whoIsThis({ HOME: "/srv/home" })).toMatchObject({ uid, user: username, home: "/srv/home", elevated: false });
    expect(whoIsThis({}).home).toBe(homedir);
    expect(whoIsThis({ HOME: "relative" }).home).toBe(homedir);
  });

  it.runIf(uid === 0)("as root for somebody else, is them for the log", () => {
    expect(whoIsThis({ SUDO_UID: "65534" }).user).toBe("nobody");
    expect(whoIsThis({ DOAS_USER: "ada" }).user).toBe("ada");
  });

  it.runIf(uid === 0)("as root for somebody else, takes no HOME from them", () => {
    for (const env of [{ SUDO_UID: "1000" }, { PKEXEC_UID: "1000" }, { DOAS_USER: "ada" }]) {
      expect(whoIsThis({ ...env, HOME: "/home/ada" })).toMatchObject({ elevated: true, home: homedir });
    }
    expect(whoIsThis({ SUDO_UID: "0", HOME: "/srv" })).toMatchObject({ elevated: false, home: "/srv" });
  });
});

describe("the folder to start in", () => {
  it("is absolute, and must be one where it was asked for", () => {
    expect(startFolder("bin", () => "/usr")).toBe("/usr/bin");
    expect(startFolder(undefined, () => "/usr")).toBe("/usr");
    for (const cd of ["/nonexistent", "/etc/passwd"]) expect(() => startFolder(cd, () => "/")).toThrow(/not a folder/);
    const gone = () => {
      throw new Error("ENOENT: uv_cwd");
    };
    expect(startFolder("/usr", gone)).toBe("/usr");
    for (const cd of [undefined, "bin"]) expect(() => startFolder(cd, gone)).toThrow(/is not there any more/);
  });
});
