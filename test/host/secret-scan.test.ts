import { createHash, generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scanForSecrets } from "../../host/secret-scan.ts";

// No credential stands in this file: forms are put together from parts, and filled with what a hash draws.

const ALPHABETS = {
  word: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  bech: "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
  hex: "0123456789abcdef",
} as const;

/** Characters that look drawn by lot, and are the same in every run. */
function drawn(length: number, seed: string, alphabet: keyof typeof ALPHABETS = "word"): string {
  const letters = ALPHABETS[alphabet];
  const bytes = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash("sha256").update(`${seed}${at}`).digest(),
  );
  return [...Buffer.concat(bytes)]
    .slice(0, length)
    .map((byte) => letters[byte % letters.length])
    .join("");
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
const pem = (type: "pkcs8" | "pkcs1") => privateKey.export({ type, format: "pem" }).toString();

/** One of each form, for some seed. */
function tokens(seed: string): Readonly<Record<string, string>> {
  const draw = (length: number, alphabet?: keyof typeof ALPHABETS) => drawn(length, seed, alphabet);
  return {
    "github-token": `gh${"p_"}${draw(36)}`,
    "github-token, fine-grained": `github_${"pat_"}${draw(22)}_${draw(59)}`,
    "gitlab-token": `gl${"pat-"}${draw(20)}`,
    "slack-token": `xox${"b-"}${draw(12, "hex")}-${draw(24)}`,
    "slack-webhook": `https://hooks.slack.com/${"services"}/T${draw(8, "upper")}/B${draw(8, "upper")}/${draw(24)}`,
    "npm-token": `npm${"_"}${draw(36)}`,
    "pypi-token": `pypi${"-AgE"}IcHlwaS5vcmc${draw(80)}`,
    "aws-access-key": `AK${"IA"}${draw(16, "upper")}`,
    "aws-secret-key": `aws_secret_access_key = ${draw(40)}`,
    "google-api-key": `AI${"za"}${draw(35)}`,
    "google-oauth": `GOC${"SPX-"}${draw(28)}`,
    "azure-key": `DefaultEndpointsProtocol=https;Account${"Key="}${draw(86)}==`,
    "digitalocean-token": `dop${"_v1_"}${draw(64, "hex")}`,
    "docker-token": `dckr${"_pat_"}${draw(27)}`,
    "huggingface-token": `h${"f_"}${draw(34)}`,
    "model-api-key": `sk-${"ant-"}api03-${draw(40)}`,
    "stripe-key": `sk${"_live_"}${draw(24)}`,
    "sendgrid-key": `S${"G."}${draw(22)}.${drawn(43, `${seed}x`)}`,
    "vault-token": `hv${"s."}${draw(24)}`,
    "age-key": `AGE-SECRET-${"KEY-1"}${draw(58, "bech")}`,
    jwt: `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url({ sub: draw(8), exp: 1 })}.${draw(43)}`,
    "private-key": pem("pkcs8"),
    "private-key, rsa": pem("pkcs1"),
    "private-key, in one line": JSON.stringify({ key: pem("pkcs8") }),
    "basic-auth": `postgres://app:${draw(12)}@db.internal:5432/app`,
    authorization: `curl -H "Authorization: Bea${"rer "}${draw(32)}"`,
    "netrc-password": `machine repo.internal login deploy pass${"word "}${draw(14)}`,
    "assigned-secret": `const apiKey = "${draw(32)}";`,
    "assigned-secret, in JSON": `{"client_secret": "${draw(24)}"}`,
  };
}

const scan = (text: string, path = "src/file.ts") => scanForSecrets(text, path).secrets;
const kinds = (text: string, path?: string) => scan(text, path).map(({ kind }) => kind);

describe("every kind of credential is found", () => {
  it.each(Object.keys(tokens("")))("%s, of twenty different ones each", (name) => {
    for (let seed = 0; seed < 20; seed++) {
      const text = `# first\n  value: ${tokens(String(seed))[name]}\nlast\n`;
      expect(kinds(text), text).toEqual([name.replace(/,.*/, "")]);
    }
  });

  it.each([
    ["DB_PASSWORD=", ""],
    ["export API_TOKEN=", ""],
    ["smtp.password: ", ""],
    ["password = '", "'"],
    ["//registry.internal/:_authToken=", ""],
    ['secret-key: "', '" # of the mail server'],
  ])("in a file of settings: %s…%s", (before, after) => {
    for (const value of ["hunter-2-hunter", "Tr0ub4dor&3", drawn(20, before)])
      expect(kinds(`A=1\n${before}${value}${after}\nB=2\n`, "deploy/.env"), value).toEqual(["assigned-secret"]);
  });

  it("each on its line and column, masked but for what its kind says", () => {
    const token = tokens("m")["github-token"] ?? "";
    const [found] = scan(`one\ntwo ${token}\n`);
    expect(found).toEqual({ kind: "github-token", what: "GitHub token", line: 2, column: 5, masked: "ghp_…" });
    for (const [name, text] of Object.entries(tokens("n"))) {
      const [{ masked } = { masked: "" }] = scan(text);
      expect(text.includes(masked.replace("…", "")), name).toBe(true);
      expect(masked.length, name).toBeLessThan(40);
    }
  });

  it("several in one text, none twice", () => {
    const all = tokens("s");
    const text = `token = "${all["npm-token"]}"\nhttps://me:${all["github-token"]}@git.internal/x\n`;
    expect(kinds(text)).toEqual(["npm-token", "github-token"]);
  });

  it("unless its line allows it", () => {
    const token = tokens("a")["npm-token"];
    expect(scanForSecrets(`${token} # omg:allow-secret\n${token}\n`, "x")).toMatchObject({
      secrets: [{ line: 2 }],
      allowed: 1,
    });
  });
});

describe("what is no credential", () => {
  const hash = createHash("sha256").update("x").digest("hex");
  const sha512 = createHash("sha512").update("x").digest("base64");
  it.each([
    [
      "placeholders",
      "PASSWORD=changeme-please\nTOKEN=<your-token-here>\nSECRET=xxxxxxxxxxxxxxxx\nAPI_KEY=example-key-12345",
    ],
    [
      "references",
      `TOKEN: { from: env, name: GITHUB_TOKEN }\nPASSWORD=\${DB_PASSWORD:-none}\nsecret: {{ vault.secret1 }}\nTOKEN=$(cat /run/token1)`,
    ],
    [
      "code that reads them",
      'const token = process.env.GITHUB_TOKEN1;\nconst secret = await readSecret("database/primary1");',
    ],
    ["lockfiles", `"integrity": "sha512-${sha512}"\nsha256: ${hash}\ntoken_hash: ${hash}\npassword_digest = "${hash}"`],
    ["identifiers", 'tokenType = "urn:ietf:params:oauth:token-type:jwt2"\nsecretName: "prod-database-password-v2"'],
    ["uuids", "client_token=3117b585-ee94-4c1b-ad69-91f252c19fbc"],
    [
      "files and addresses",
      "password_file=/run/secrets/db1\nsecret = /etc/ssl/private/key1.pem\ntoken_url: https://id.internal/oauth2/token",
    ],
    [
      "public keys",
      `-----BEGIN PUBLIC KEY-----\n${sha512}\n-----END PUBLIC KEY-----\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${drawn(43, "k")} me@host`,
    ],
    ["words about private keys", 'if (text.includes("-----BEGIN PRIVATE KEY-----")) throw new Error("a private key");'],
    [
      "forms without content",
      `ghp_${"x".repeat(36)}\nAKIA${"IOSFODNN7"}EXAMPLE\nnpm_${"0123456789".repeat(4).slice(0, 36)}`,
    ],
    [
      "examples of addresses",
      "https://user:password@host.internal/\nhttp://ann:s3cret-1@example.org/\nhttps://$USER:$PASS@git.internal",
    ],
    [
      "settings about tokens",
      "max_tokens: 4096000000\ntokenizer: sentencepiece-2024\nnext_page_token: abc123def456ghi789",
    ],
  ])("%s", (_, text) => {
    expect(scan(text, "deploy/.env")).toEqual([]);
    expect(scan(text)).toEqual([]);
  });
});

describe("texts of other people", () => {
  /** False alarms that are put up with, over everything that is installed here for development. */
  const MOST_FALSE = 3;

  it(`have at most ${MOST_FALSE} false alarms in thousands of files`, () => {
    const folder = join(import.meta.dirname, "../../node_modules");
    const found: string[] = [];
    let files = 0;
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      const path = join(folder, name);
      const { size, isFile } = plainly(path);
      if (!isFile || size > 100_000 || !/\.(?:[cm]?[jt]s|json|md|ya?ml|lock|html|txt|map|sh|env)$/.test(name)) continue;
      files++;
      found.push(...scan(readFileSync(path, "utf8"), path).map(({ line, kind }) => `${name}:${line} ${kind}`));
    }
    expect(files).toBeGreaterThan(2000);
    expect(found.length, found.join("\n")).toBeLessThanOrEqual(MOST_FALSE);
  });

  function plainly(path: string): { size: number; isFile: boolean } {
    const found = statSync(path, { throwIfNoEntry: false });
    return { size: found?.size ?? 0, isFile: found?.isFile() === true };
  }
});

describe("texts in which much looks like the beginning of a secret are read all the same", () => {
  const pieces = [
    "password = ",
    "a.",
    "token:",
    "-----BEGIN PRIVATE KEY-----\n",
    "http://a:",
    'secret="',
    "eyJ.",
    "aws secret ",
  ];
  it.each(pieces)("%j, half a million characters of it", (piece) => {
    expect(scan(piece.repeat(500_000 / piece.length), ".env").length).toBeLessThan(2);
  });
});
