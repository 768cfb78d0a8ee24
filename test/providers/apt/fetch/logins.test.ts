import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loginFor, parseLogins } from "../../../../providers/apt/fetch/logins.ts";

const apt = { user: "apt", password: "debian" };

function found(text: string, address = "https://example.org/debian/pool/x.deb"): unknown {
  const login = loginFor(parseLogins(text), new URL(address));
  return login === undefined ? undefined : { user: login.user, password: login.password };
}

describe("auth.conf, by the examples of apt_auth.conf(5)", () => {
  it.each([
    "machine example.org\nlogin apt\npassword debian\n",
    "machine example.org login apt password debian",
    "machine example.org/deb login apt password debian",
    "machine example.org/debian login apt password debian",
    "machine example.org/debian/ login apt password debian",
    "# a word\nMACHINE\texample.org\r\nLogin apt account none password debian # no comment",
    "machine https://example.org login apt password debian",
  ])("%j is for it", (text) => expect(found(text)).toEqual(apt));

  it.each([
    "machine example.org:443 login apt password debian",
    "machine example.org/deb/ login apt password debian",
    "machine example.org/ubuntu login apt password debian",
    "machine example.orga login apt password debian",
    "machine example.net login apt password debian",
    "machine http://example.org login apt password debian",
    "#machine example.org login apt password debian",
    "login apt password debian",
    "machine",
  ])("%j is not", (text) => expect(found(text)).toBeUndefined());

  it("is for https only, unless it says otherwise", () => {
    expect(found("machine example.org login apt password debian", "http://example.org/debian/x")).toBeUndefined();
    expect(found("machine http://example.org login apt password debian", "http://example.org/debian/x")).toEqual(apt);
  });

  it("may name a port, and without one is for all of them", () => {
    const address = "https://example.org:8443/debian/x";
    expect(found("machine example.org:8443 login apt password debian", address)).toEqual(apt);
    expect(found("machine example.org:8443/debian login apt password debian", address)).toEqual(apt);
    expect(found("machine example.org login apt password debian", address)).toEqual(apt);
    expect(found("machine example.org:8444 login apt password debian", address)).toBeUndefined();
  });

  it("takes the first that fits", () => {
    const text =
      "machine example.org/other login a password b machine example.org login apt password debian machine example.org login c password d";
    expect(found(text)).toEqual(apt);
  });

  it("keeps every login as it was written, however it is spaced", () => {
    const word = fc.stringMatching(/^[!-~]{1,12}$/).filter((text) => !/^(?:machine|login|password)$/i.test(text));
    const host = fc.stringMatching(/^[a-z]{1,8}\.example$/);
    const entry = fc.record({ host, user: word, password: word });
    const gap = fc.constantFrom(" ", "\t", "\n ", "  ");
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (each) => each.host, maxLength: 5 }), gap, (entries, space) => {
        const text = entries
          .map((each) => ["machine", each.host, "login", each.user, "password", each.password].join(space))
          .join("\n");
        for (const { host: name, user, password } of entries)
          expect(found(text, `https://${name}/x`)).toEqual({ user, password });
      }),
    );
  });
});
