/**
 * One cookie jar for REST and CometD, as a browser has: the session cookie that a login sets is
 * what lets the notifications through. The client library takes it by its own `cookies` option.
 */
export class CookieJar {
  #pairs = new Map();

  /** Keep the name and value of one Set-Cookie header; Max-Age=0 removes it. */
  keep(header) {
    const [pair, ...attributes] = header.split(";").map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) {
      this.#pairs.delete(name);
    } else if (name) {
      this.#pairs.set(name, pair);
    }
  }

  get pairs() {
    return [...this.#pairs.values()];
  }

  /** The option by which `cometd-nodejs-client` shares a jar. */
  get asAdapterOption() {
    return {
      storeCookie: (uri, header, done) => {
        this.keep(header);
        done();
      },
      retrieveCookies: (context, uri, done) => done(null, this.pairs),
    };
  }
}
