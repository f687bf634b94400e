"""PyTorch's modules (torch.nn) and what a spec writes in their place.

`Linear(~in_features, out_features, bias) = Dense(units=out_features, use_bias=bias)`: the module with its arguments in
their order, and the entry. `~` marks an argument that a spec does not need; an argument that does not stand after the
`=` has no counterpart. `#` is 1, 2 and 3.
"""

from __future__ import annotations

LAYERS = """
Linear(~in_features, out_features, bias, ~device, ~dtype) = Dense(units=out_features, use_bias=bias)
LazyLinear(out_features, bias) = Dense(units=out_features, use_bias=bias)
Identity() = Identity()
Conv#d(~in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias) = Conv#D(\
filters=out_channels, kernel_size=kernel_size, strides=stride, \
padding=padded(padding, kernel_size, stride, dilation), dilation_rate=dilation, groups=groups, use_bias=bias)
LazyConv#d(out_channels, kernel_size, stride, padding, dilation, groups, bias) = Conv#D(\
filters=out_channels, kernel_size=kernel_size, strides=stride, \
padding=padded(padding, kernel_size, stride, dilation), dilation_rate=dilation, groups=groups, use_bias=bias)
ConvTranspose#d(~in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation) = \
Conv#DTranspose(filters=out_channels, kernel_size=kernel_size, strides=stride, \
padding=cropped(padding, kernel_size, stride, dilation), dilation_rate=dilation, use_bias=bias)
LazyConvTranspose#d(out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation) = \
Conv#DTranspose(filters=out_channels, kernel_size=kernel_size, strides=stride, \
padding=cropped(padding, kernel_size, stride, dilation), dilation_rate=dilation, use_bias=bias)
MaxPool#d(kernel_size, stride, padding, dilation, return_indices, ceil_mode) = MaxPooling#D(pool_size=kernel_size, \
strides=stride, padding=padded(padding, kernel_size, stride, dilation))
AvgPool#d(kernel_size, stride, padding, ceil_mode, count_include_pad) = AveragePooling#D(\
pool_size=kernel_size, strides=stride, padding=padded(padding, kernel_size, stride))
AdaptiveAvgPool#d(output_size) = AdaptiveAveragePooling#D(output_size=output_size)
AdaptiveMaxPool#d(output_size, return_indices) = AdaptiveMaxPooling#D(output_size=output_size)
ZeroPad#d(padding) = ZeroPadding#D(padding=borders(padding))
ConstantPad#d(padding, ~value) = ZeroPadding#D(padding=borders(padding))
BatchNorm#d(~num_features, eps, momentum, affine, ~track_running_stats) = BatchNormalization(\
momentum=1 - momentum, epsilon=eps, center=affine, scale=affine)
LazyBatchNorm#d(eps, momentum, affine, ~track_running_stats) = BatchNormalization(\
momentum=1 - momentum, epsilon=eps, center=affine, scale=affine)
SyncBatchNorm(~num_features, eps, momentum, affine, ~track_running_stats, ~process_group) = BatchNormalization(\
momentum=1 - momentum, epsilon=eps, center=affine, scale=affine)
InstanceNorm#d(~num_features, eps, ~momentum, affine) = GroupNormalization(\
groups=-1, epsilon=eps, center=affine, scale=affine)
LazyInstanceNorm#d(eps, ~momentum, affine) = GroupNormalization(groups=-1, epsilon=eps, center=affine, scale=affine)
GroupNorm(num_groups, ~num_channels, eps, affine) = GroupNormalization(\
groups=num_groups, epsilon=eps, center=affine, scale=affine)
LayerNorm(~normalized_shape, eps, elementwise_affine, bias) = LayerNormalization(\
epsilon=eps, center=elementwise_affine, scale=elementwise_affine)
RMSNorm(~normalized_shape, eps, elementwise_affine) = RMSNormalization(epsilon=eps)
LSTM(~input_size, hidden_size, num_layers, bias, ~batch_first, dropout, bidirectional) = LSTM(units=hidden_size, \
return_sequences=True, use_bias=bias, dropout=dropout)
GRU(~input_size, hidden_size, num_layers, bias, ~batch_first, dropout, bidirectional) = GRU(units=hidden_size, \
return_sequences=True, use_bias=bias, dropout=dropout)
RNN(~input_size, hidden_size, num_layers, nonlinearity, bias, ~batch_first, dropout, bidirectional) = SimpleRNN(\
units=hidden_size, return_sequences=True, activation=nonlinearity, use_bias=bias, dropout=dropout)
LSTMCell(~input_size, hidden_size, bias) = LSTMCell(units=hidden_size, use_bias=bias)
GRUCell(~input_size, hidden_size, bias) = GRUCell(units=hidden_size, use_bias=bias)
RNNCell(~input_size, hidden_size, bias, nonlinearity) = SimpleRNNCell(units=hidden_size, use_bias=bias, \
activation=nonlinearity)
Embedding(num_embeddings, embedding_dim) = Embedding(input_dim=num_embeddings, output_dim=embedding_dim)
MultiheadAttention(embed_dim, num_heads, dropout, bias) = MultiHeadAttention(num_heads=num_heads, \
key_dim=embed_dim // num_heads, dropout=dropout, use_bias=bias)
Dropout(p, ~inplace) = Dropout(rate=p)
Dropout#d(p, ~inplace) = SpatialDropout#D(rate=p)
AlphaDropout(p, ~inplace) = AlphaDropout(rate=p)
FeatureAlphaDropout(p, ~inplace) = AlphaDropout(rate=p)
Flatten(~start_dim, ~end_dim) = Flatten()
Unflatten(~dim, unflattened_size) = Reshape(target_shape=unflattened_size)
Upsample(~size, scale_factor, mode) = UpSampling2D(size=scale_factor, interpolation=mode)
UpsamplingNearest2d(~size, scale_factor) = UpSampling2D(size=scale_factor)
UpsamplingBilinear2d(~size, scale_factor) = UpSampling2D(size=scale_factor, interpolation="bilinear")
ReLU(~inplace) = ReLU()
ReLU6(~inplace) = ReLU(max_value=6)
LeakyReLU(negative_slope, ~inplace) = LeakyReLU(negative_slope=negative_slope)
PReLU(~num_parameters, ~init) = PReLU()
ELU(alpha, ~inplace) = ELU(alpha=alpha)
Softmax(dim) = Softmax(axis=dim)
Softmax2d() = Softmax()
CELU(alpha, ~inplace) = Activation(activation="celu")
GELU(approximate) = Activation(activation="gelu")
GLU(dim) = Activation(activation="glu")
SELU(~inplace) = Activation(activation="selu")
SiLU(~inplace) = Activation(activation="silu")
Mish(~inplace) = Activation(activation="mish")
Sigmoid() = Activation(activation="sigmoid")
Tanh() = Activation(activation="tanh")
Softplus(beta, threshold) = Activation(activation="softplus")
Softsign() = Activation(activation="softsign")
Softshrink(lambd) = Activation(activation="soft_shrink")
Hardshrink(lambd) = Activation(activation="hard_shrink")
Hardsigmoid(~inplace) = Activation(activation="hard_sigmoid")
Hardswish(~inplace) = Activation(activation="hard_swish")
Hardtanh(min_val, max_val, ~inplace) = Activation(activation="hard_tanh")
Tanhshrink() = Activation(activation="tanh_shrink")
LogSigmoid() = Activation(activation="log_sigmoid")
LogSoftmax(dim) = ops.log_softmax(axis=dim)
Threshold(threshold, value, ~inplace) = ReLU(threshold=threshold)
"""

LOSS = "a loss belongs to training, not to a model spec: leave it out"
STACK = "put its layers under `layers`, or in a block of their own"
STEPS = "there is no layer for it: write its steps as entries, in a block"
_TRANSFORMER = "there is no layer for it: write it as a block of `MultiHeadAttention`, `LayerNormalization`, `Add` and \
`Dense`"

NO_LAYER = {
    "BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss GaussianNLLLoss HingeEmbeddingLoss "
    "HuberLoss KLDivLoss L1Loss LinearCrossEntropyLoss MSELoss MarginRankingLoss MultiLabelMarginLoss "
    "MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d PoissonNLLLoss SmoothL1Loss SoftMarginLoss "
    "TripletMarginLoss TripletMarginWithDistanceLoss AdaptiveLogSoftmaxWithLoss": LOSS,
    "Sequential Module ModuleList ModuleDict Container": STACK,
    "ParameterList ParameterDict Parameter": "a learned tensor is `Weight: {shape: [...]}`",
    "DataParallel": "leave it out: a model spec says nothing of devices",
    "Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer": _TRANSFORMER,
    "ReflectionPad1d ReflectionPad2d ReflectionPad3d": "use `ops.pad` with `mode: reflect`",
    "CircularPad1d CircularPad2d CircularPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d": STEPS,
    "PixelShuffle PixelUnshuffle ChannelShuffle": "use `Reshape`, `Permute` and `Reshape`: there is no layer for it",
    "CosineSimilarity": "use `Dot: {axes: -1, normalize: true}`",
    "Bilinear CrossMapLRN2d EmbeddingBag Fold FractionalMaxPool2d FractionalMaxPool3d LPPool1d LPPool2d LPPool3d "
    "LocalResponseNorm MaxUnpool1d MaxUnpool2d MaxUnpool3d PairwiseDistance RNNBase RNNCellBase RReLU Softmin "
    "Unfold": STEPS,
}
"""Modules without a counterpart in one layer, several to a way out."""
