import { describe, expect, it } from "vitest";
import { isSecretName, redacted } from "../../host/redact.ts";

/** Made up here, so that nothing that looks for secrets in the project finds one. */
const letters = (count: number) => "Ab3dEf6hIj9lMn2pQr5tUv8x".repeat(8).slice(0, count);
const SECRET = letters(24);
const hex = (count: number) => "0f1e2d3c4b5a6978".repeat(8).slice(0, count);
const pem = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${letters(64)}\n${letters(64)}\n-----END ${kind}PRIVATE KEY-----`;

const TEXTS: readonly (readonly [string, string])[] = [
  ["a password in an address", `https://ann:${SECRET}@example.org/debian`],
  ["a password with signs", `http://ann:p%40${SECRET}:x@proxy:3128`],
  ["a token as the user of an address", `https://${letters(40)}@example.org/repo.git`],
  ["a password without a user", `redis://:${SECRET}@db:6379/0`],
  ["an address within a sentence", `E: Failed to fetch https://u:${SECRET}@deb.example.org/x.deb (403)`],
  ["a parameter", `https://example.org/x?a=1&access_token=${SECRET}&b=2`],
  ["a signed address", `https://example.org/x?X-Amz-Signature=${hex(64)}&X-Amz-Date=1`],
  ["a header", `Authorization: Bearer ${SECRET}`],
  ["a header for a proxy", `Proxy-Authorization: Basic ${letters(20)}==`],
  ["a header in JSON", `{"authorization":"token ${SECRET}"}`],
  ["a bearer token alone", `sent bearer ${SECRET} to it`],
  ["a variable", `PGPASSWORD=${SECRET} psql`],
  ["a variable in quotes", `export API_TOKEN="${SECRET} and more"`],
  ["a line of YAML", `password: ${SECRET}`],
  ["a line of TOML", `client_secret = '${SECRET}'`],
  ["JSON in camel case", `{"clientSecret":"${SECRET}","n":1}`],
  ["an option with =", `curl --password=${SECRET} x`],
  ["an option with a space", `mysql --password ${SECRET} x`],
  ["a definition", `java -Ddb.password=${SECRET} Main`],
  ["a token of GitHub", `ghp_${letters(36)}`],
  ["a fine-grained one", `github_pat_${letters(22)}_${letters(59)}`],
  ["a token of GitLab", `glpat-${letters(20)}`],
  ["a token of Slack", `xoxb-${hex(12)}-${letters(24)}`],
  ["a token of npm", `npm_${letters(36)}`],
  ["a token of PyPI", `pypi-${letters(60)}`],
  ["a key of AWS", `AKIA${letters(16).toUpperCase()}`],
  ["a secret key of AWS", `aws_secret_access_key=${letters(40)}`],
  ["a key of Google", `AIza${letters(35)}`],
  ["a key of a payment service", `sk_${"live"}_${letters(24)}`],
  ["a key of a model's service", `sk-${"ant"}-api03-${letters(40)}`],
  ["a web token", `eyJ${letters(20)}.eyJ${letters(30)}.${letters(43)}`],
  ["a key in PEM", pem("")],
  ["one of RSA", `x ${pem("RSA ")} y`],
  ["one of OpenSSH", pem("OPENSSH ")],
  ["one that was cut", pem("EC ").slice(0, 90)],
];

describe("redacted", () => {
  it.each(TEXTS)("%s", (_, text) => {
    const left = redacted(text);
    expect(left).toContain("[redacted]");
    for (const secret of [SECRET, letters(16), letters(20).toUpperCase().slice(0, 16), hex(64)])
      expect(left).not.toContain(secret);
    expect(redacted(left), "a second time changes nothing").toBe(left);
  });

  it("keeps what stands around it", () => {
    expect(redacted(`GET https://ann:${SECRET}@example.org/a?token=${SECRET}&b=1 failed`)).toBe(
      "GET https://[redacted]@example.org/a?token=[redacted]&b=1 failed",
    );
  });

  it("what stands under a name that says so, at any depth", () => {
    const value = {
      token: SECRET,
      deep: [
        { apiKey: SECRET, api_key: 12345, DB_PASSWORD: [SECRET, { x: SECRET }], name: "kept", on: true, none: null },
      ],
    };
    expect(redacted(value)).toEqual({
      token: "[redacted]",
      deep: [
        {
          apiKey: "[redacted]",
          api_key: "[redacted]",
          DB_PASSWORD: ["[redacted]", { x: "[redacted]" }],
          name: "kept",
          on: true,
          none: null,
        },
      ],
    });
  });

  it("values of a shell setting with such a name, and no others", () => {
    const step = (address: string, value: string) => ({ address, before: null, after: { value } });
    expect(redacted([step("shell.env.NPM_TOKEN", "short"), step("shell.env.EDITOR", "nvim")])).toEqual([
      step("shell.env.NPM_TOKEN", "[redacted]"),
      step("shell.env.EDITOR", "nvim"),
    ]);
  });
});

describe("not a secret", () => {
  it.each([
    hex(64),
    `sha256:${hex(64)}`,
    "ssh://git@example.org/env.git",
    "git@example.org:env.git",
    "https://example.org/debian/pool/main/p/python-tokenizers_1.0-1_amd64.deb",
    "apt.libpam-passwdqc=2.0.2-1",
    "apt.gnome-keyring 42.1-1+b2",
    "The token expired yesterday.",
    "Signed-By=/usr/share/keyrings/debian-archive-keyring.gpg",
    "key-expired",
    "A key 4CB50190207B4758A3F73A796ED0E7B82643E131 is not known.",
    "2026-11-25T10:00:00.000Z",
  ])("%s", (text) => expect(redacted(text)).toBe(text));

  it("names of members that omg's own records have", () => {
    for (const name of ["key", "keys", "signature", "sha256", "address", "policy", "actor", "closes", "steps", "kind"])
      expect(isSecretName(name), name).toBe(false);
  });

  it("numbers, nothing and order stay", () => {
    const value = { a: 1, b: null, c: [true, 2.5, "x"], d: {} };
    expect(redacted(value)).toEqual(value);
    expect(Object.keys(redacted({ b: 1, a: 2 }))).toEqual(["b", "a"]);
  });
});

it("takes no longer for a text made to be slow", () => {
  const texts = [
    "-----BEGIN PRIVATE KEY-----".repeat(20_000),
    `${"a".repeat(500_000)}:`,
    `--a${" ".repeat(500_000)}`,
    "://".repeat(200_000),
    "apt.x".repeat(200_000),
    "eyJaaaaaaaa-".repeat(50_000),
  ];
  for (const text of texts) expect(redacted(text).length).toBeGreaterThan(0);
});
