import { SinkError } from '../../errors/errors.js';
import type { ActionAuth } from './action-options.js';
import type { PreparedAction } from './prepare-action.js';

/** The tokens of a destination with OAuth, renewed once for all who wait. */
export class ActionTokens {
  readonly #prepared: PreparedAction;
  readonly #given: ActionAuth | undefined;
  #access: string | undefined;
  #refresh: string | undefined;
  #renewing: Promise<void> | undefined;
  readonly #all = new Set<string>();

  constructor(prepared: PreparedAction, given: ActionAuth | undefined) {
    this.#prepared = prepared;
    this.#given = given;
    this.#access = given?.accessToken;
    this.#refresh = given?.refreshToken;
    this.#keep(this.#access, this.#refresh, given?.clientSecret);
  }

  get current(): string | undefined {
    return this.#access;
  }

  get renewable(): boolean {
    return this.#prepared.oauth && this.#refresh !== undefined;
  }

  /** What must stand in no text: the tokens of now and of before. */
  get secrets(): readonly string[] {
    return [...this.#all];
  }

  /** As actions take it. */
  get auth(): object {
    return { accessToken: this.#access, refreshToken: this.#refresh, refreshTokenUrl: this.#given?.refreshTokenUrl };
  }

  /** @param refused the access token that the destination did not take */
  async renew(refused: string | undefined): Promise<void> {
    if (this.#access !== refused) return;
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  /** A few generations: texts about an old token come with the next requests, if at all. */
  #keep(...tokens: readonly (string | undefined)[]): void {
    for (const token of tokens) if (token !== undefined) this.#all.add(token);
    for (const oldest of [...this.#all].slice(0, -8)) this.#all.delete(oldest);
  }

  async #renew(): Promise<void> {
    const { destination, settings } = this.#prepared;
    const { clientId, clientSecret } = this.#given ?? {};
    const oauth = { access_token: this.#access, refresh_token: this.#refresh, clientId, clientSecret };
    const tokens = await destination.refreshAccessToken(
      { ...settings, oauth },
      { ...this.auth, clientId, clientSecret },
    );
    if (typeof tokens?.accessToken !== 'string') {
      throw new SinkError('SINK_UNAUTHORIZED', 'The destination gave no new access token.', {
        retryable: false,
        hint: 'Authorise the destination again and set `auth`.',
      });
    }
    this.#access = tokens.accessToken;
    this.#refresh = tokens.refreshToken ?? this.#refresh;
    this.#keep(this.#access, this.#refresh);
    await this.#given?.onRefresh?.({ accessToken: this.#access, refreshToken: this.#refresh });
  }
}
