/* The network, the weights and the drawing that Draw and Look share. */

export class NetworkSession {
  constructor(api) {
    this.api = api;
  }

  async open() {}

  showImage() {}
}
