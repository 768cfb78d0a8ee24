/** An address without user name, password, and fragment, for messages and records. Text that is no address stays as it is, up to its `@`. */
export function withoutCredentials(address: string): string {
  // By hand, not by URL: what people wrote should be recognisable, and git's addresses are not all URLs.
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1").replace(/#.*$/s, "");
}
