interface NetworkEnv {
  readonly WORKER: { fetch(request: Request): Promise<Response> };
}

/**
 * What Cloudflare's network does before a Worker sees a request: it says where the connection comes from, whatever the client claims. In the
 * twin that is always this machine. Runs in workerd, in front of the Worker.
 */
export default {
  fetch(request: Request, env: NetworkEnv): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set('cf-connecting-ip', '127.0.0.1');
    return env.WORKER.fetch(new Request(request, { headers }));
  },
};
