/** One kind of credential that is recognized by its own form, whatever stands around it. */
export interface SecretShape {
  /** Closed, kebab-case, stable: `github-token`. */
  readonly kind: string;
  /** What it is, for people. */
  readonly what: string;
  /** Global. The secret is the last group, or the whole match where there is none. */
  readonly pattern: RegExp;
  /** Characters at its beginning that only say what it is, and may be shown. */
  readonly shown: number;
}

// The one place for the forms of credentials. Each is as its issuer documents it, or as its secret scanning partners' list has it
// (https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).

/** Every form, the more specific before those that would match it, too. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  shape("github-token", "GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36,251}\b/g, 4),
  shape("github-token", "GitHub token", /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/g, 11),
  shape("gitlab-token", "GitLab token", /\bgl(?:pat|dt|rt|ptt|ft|imt|agent|oas|soat|cbt)-[A-Za-z0-9_-]{20,}/g, 6),
  shape("slack-token", "Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{20,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}/g, 5),
  shape(
    "slack-webhook",
    "Slack webhook",
    /hooks\.slack\.com\/(?:services|workflows)\/(T[A-Z0-9]{6,}\/[A-Z0-9]{6,}\/[A-Za-z0-9]{16,})/g,
    0,
  ),
  shape("npm-token", "npm token", /\bnpm_[A-Za-z0-9]{36}\b/g, 4),
  shape("pypi-token", "PyPI token", /\bpypi-AgE[A-Za-z0-9_-]{50,}/g, 5),
  shape("aws-access-key", "AWS access key", /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g, 4),
  shape(
    "aws-secret-key",
    "AWS secret key",
    /aws.{0,20}?secret.{0,20}?["'\s:=]([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    0,
  ),
  shape("google-api-key", "Google API key", /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g, 4),
  shape(
    "google-oauth",
    "Google OAuth secret",
    /\bGOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])|\bya29\.[A-Za-z0-9_-]{30,}/g,
    5,
  ),
  shape("azure-key", "Azure storage key", /AccountKey=([A-Za-z0-9+/]{86}==)/g, 0),
  shape("digitalocean-token", "DigitalOcean token", /\bdo[opr]_v1_[a-f0-9]{64}\b/g, 7),
  shape("docker-token", "Docker token", /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}/g, 9),
  shape("huggingface-token", "Hugging Face token", /\bhf_[A-Za-z0-9]{34,}\b/g, 3),
  shape("model-api-key", "API key of a model's provider", /\bsk-(?:ant|proj|svcacct|admin)-[A-Za-z0-9_-]{20,}/g, 6),
  shape("stripe-key", "Stripe key", /\b[rs]k_live_[A-Za-z0-9]{20,}\b/g, 8),
  shape("sendgrid-key", "SendGrid key", /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, 3),
  shape("vault-token", "Vault token", /\bhv[bsr]\.[A-Za-z0-9_-]{24,}/g, 4),
  shape("age-key", "age secret key", /\bAGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}\b/g, 15),
  shape("jwt", "JSON Web Token", /\b(eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,})/g, 3),
  shape(
    "private-key",
    "private key",
    // Only with the key itself behind the words: programs and documents name the words alone.
    /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|["'+,]|^[A-Za-z-]+: .*$){1,200}?[A-Za-z0-9+/=]{40}/gm,
    11,
  ),
  shape(
    "basic-auth",
    "password in an address",
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"'`<>]{0,64}:([^\s@/"'`<>]{3,128})@[A-Za-z0-9[]/gi,
    0,
  ),
  shape(
    "authorization",
    "authorization header",
    /\bauthorization["']?\s*[:=]\s*["'`]?(?:bearer|basic|token)\s+([A-Za-z0-9+/._~-]{16,}={0,2})/gi,
    0,
  ),
  shape("netrc-password", "password in netrc form", /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)/g, 0),
];

function shape(kind: string, what: string, pattern: RegExp, shown: number): SecretShape {
  return { kind, what, pattern, shown };
}
