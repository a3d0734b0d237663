/**
 * The sliding window of a convolution or a pool: which inputs each output sees.
 */

/**
 * The sizes of a layer with a window. `top` and `left` count the rows and columns of zeros before the
 * input; `rowStep` and `columnStep` are the distances between neighbouring cells of the kernel.
 * @param {import("./network.js").Node} node
 */
export function readWindow(node) {
  const [height, width, channels] = node.inputShapes[0];
  const [rows, columns, outputs] = node.shape;
  const { kernel_size: size, pool_size: pool, strides, dilation_rate: dilation = [1, 1] } = node.fields;
  const [kernelRows, kernelColumns] = size ?? pool;
  return {
    height, width, channels, rows, columns, outputs, kernelRows, kernelColumns,
    rowStride: strides[0], columnStride: strides[1],
    rowStep: dilation[0], columnStep: dilation[1],
    top: node.padding[0][0], left: node.padding[1][0],
  };
}

/**
 * Call `visit(inputPixel, cell)` for each cell of the window of one output pixel that lies in the
 * input. `inputPixel` is row * width + column of the input, `cell` row * kernelColumns + column of the
 * kernel.
 */
export function visitWindow(window, row, column, visit) {
  const top = row * window.rowStride - window.top;
  const left = column * window.columnStride - window.left;
  for (let i = 0; i < window.kernelRows; i++) {
    const y = top + i * window.rowStep;
    if (y < 0 || y >= window.height) {
      continue;
    }
    for (let j = 0; j < window.kernelColumns; j++) {
      const x = left + j * window.columnStep;
      if (x >= 0 && x < window.width) {
        visit(y * window.width + x, i * window.kernelColumns + j);
      }
    }
  }
}
