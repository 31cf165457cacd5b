/**
 * The REST half of an agent desktop: Basic credentials for the login, cookies and, where the server
 * asks for it, the CSRF header afterwards. Every call and every answer is told, in order.
 */
export class Rest {
  #base;
  #jar;
  #tell;
  #calls = 0;
  csrf = {};

  constructor(base, jar, tell) {
    this.#base = base;
    this.#jar = jar;
    this.#tell = tell;
  }

  get(path, headers = {}) {
    return this.#call("GET", path, undefined, headers);
  }

  post(path, body) {
    return this.#call("POST", path, body, this.csrf);
  }

  async #call(method, path, body, headers) {
    const n = ++this.#calls;
    this.#tell({ kind: "call", n, method, path, ...(body && { body }) });
    const response = await fetch(this.#base + path, {
      method,
      headers: { ...this.#headers(body), ...headers },
      body: body && JSON.stringify(body),
    });
    for (const cookie of response.headers.getSetCookie()) {
      this.#jar.keep(cookie);
    }
    this.#learnCsrf(response.headers);
    const answer = readJson(await response.text());
    this.#tell({ kind: "answer", n, status: response.status, body: answer });
    return { status: response.status, body: answer };
  }

  #headers(body) {
    const headers = { Accept: "application/json" };
    const cookies = this.#jar.pairs.join("; ");
    if (cookies) headers.Cookie = cookies;
    if (body) headers["Content-Type"] = "application/json";
    return headers;
  }

  #learnCsrf(headers) {
    const name = headers.get("x-csrf-header");
    const token = headers.get("x-csrf-token");
    if (name && token) this.csrf = { [name]: token };
  }
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
