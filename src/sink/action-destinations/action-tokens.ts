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

  constructor(prepared: PreparedAction, given: ActionAuth | undefined) {
    this.#prepared = prepared;
    this.#given = given;
    this.#access = given?.accessToken;
    this.#refresh = given?.refreshToken;
  }

  get current(): string | undefined {
    return this.#access;
  }

  get renewable(): boolean {
    return this.#prepared.oauth && this.#refresh !== undefined;
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
    await this.#given?.onRefresh?.({ accessToken: this.#access, refreshToken: this.#refresh });
  }
}
