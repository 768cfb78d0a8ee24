import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { personBehind } from "../../app/person.ts";

const NOBODY = "65534";

describe("the person behind root", () => {
  it("is who sudo, pkexec or doas says, by name where there is one", () => {
    for (const env of [{ SUDO_UID: NOBODY }, { PKEXEC_UID: NOBODY }, { SUDO_UID: "0", PKEXEC_UID: NOBODY }])
      expect(personBehind(env)).toBe("nobody");
    expect(personBehind({ DOAS_USER: "ada" })).toBe("ada");
    expect(personBehind({ SUDO_UID: "4242424" })).toBe("uid 4242424");
  });

  it("is nobody where root works for itself", () => {
    for (const env of [{}, { SUDO_UID: "0" }, { DOAS_USER: "root" }, { USER: userInfo().username }])
      expect(personBehind(env)).toBeUndefined();
  });
});
