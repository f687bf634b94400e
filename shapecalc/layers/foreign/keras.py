"""Keras's own words: the order of its arguments, and names of earlier versions."""

from __future__ import annotations

from shapecalc.layers.foreign.torch import STACK

ORDER = """
Activation: activation
ActivityRegularization: l1 l2
AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D: output_size data_format
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D: output_size data_format
AdditiveAttention: use_scale dropout
AlphaDropout Dropout: rate noise_shape seed
Attention: use_scale score_mode dropout seed
AutoContrast: value_range
AveragePooling1D AveragePooling2D AveragePooling3D: pool_size strides padding data_format
MaxPooling1D MaxPooling2D MaxPooling3D: pool_size strides padding data_format
BatchNormalization: axis momentum epsilon center scale
Bidirectional: layer merge_mode
CategoryEncoding: num_tokens output_mode sparse
CenterCrop: height width data_format
Concatenate Softmax UnitNormalization: axis
Conv1D Conv2D Conv3D: filters kernel_size strides padding data_format dilation_rate groups activation
Conv1DTranspose Conv2DTranspose: filters kernel_size strides padding output_padding data_format dilation_rate activation
Conv3DTranspose: filters kernel_size strides padding data_format output_padding dilation_rate activation
ConvLSTM1D ConvLSTM2D ConvLSTM3D: filters kernel_size strides padding data_format dilation_rate activation
Cropping1D: cropping
Cropping2D Cropping3D: cropping data_format
Dense: units activation use_bias kernel_initializer bias_initializer
DepthwiseConv1D DepthwiseConv2D: kernel_size strides padding depth_multiplier data_format dilation_rate activation
Discretization: bin_boundaries num_bins epsilon output_mode sparse
Dot: axes normalize
ELU: alpha
EinsumDense: equation output_shape activation bias_axes
Embedding ReversibleEmbedding: input_dim output_dim
Flatten: data_format
GRU GRUCell: units activation recurrent_activation use_bias kernel_initializer recurrent_initializer
LSTM LSTMCell: units activation recurrent_activation use_bias kernel_initializer recurrent_initializer
SimpleRNN SimpleRNNCell: units activation use_bias kernel_initializer recurrent_initializer
GaussianDropout: rate seed
GaussianNoise: stddev seed
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D: data_format keepdims
GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D: data_format keepdims
GroupNormalization: groups axis epsilon center scale
GroupQueryAttention: head_dim num_query_heads num_key_value_heads dropout use_bias
HashedCrossing: num_bins output_mode sparse
Hashing: num_bins mask_value salt output_mode sparse
InputLayer: shape
IntegerLookup: max_tokens num_oov_indices mask_token oov_token vocabulary
StringLookup: max_tokens num_oov_indices mask_token oov_token vocabulary
LayerNormalization: axis epsilon center scale
LeakyReLU: negative_slope
Masking: mask_value
MelSpectrogram: fft_length sequence_stride sequence_length window sampling_rate num_mel_bins min_freq max_freq
MultiHeadAttention: num_heads key_dim value_dim dropout use_bias output_shape attention_axes
Normalization: axis mean variance invert
PReLU: alpha_initializer alpha_regularizer alpha_constraint shared_axes
Permute: dims
RMSNormalization: axis epsilon
RNN: cell return_sequences return_state go_backwards stateful unroll
RandomBrightness RandomContrast: factor value_range seed
RandomCrop: height width seed data_format
RandomFlip: mode seed data_format
RandomRotation: factor fill_mode interpolation seed fill_value data_format
RandomTranslation RandomZoom: height_factor width_factor fill_mode interpolation seed fill_value data_format
ReLU: max_value negative_slope threshold
RepeatVector: n
Rescaling: scale offset
Reshape: target_shape
Resizing: height width interpolation
STFTSpectrogram: mode frame_length frame_step fft_length window
SeparableConv1D SeparableConv2D: filters kernel_size strides padding data_format dilation_rate depth_multiplier
SpatialDropout1D: rate seed
SpatialDropout2D SpatialDropout3D: rate data_format seed
SpectralNormalization: layer power_iterations
StackedRNNCells: cells
TextVectorization: max_tokens standardize split ngrams output_mode output_sequence_length
TimeDistributed: layer
UpSampling1D: size
UpSampling2D: size data_format interpolation
UpSampling3D: size data_format
ZeroPadding1D ZeroPadding2D ZeroPadding3D: padding data_format
"""
"""The first arguments of Keras's constructors, in its order: what a call may give without their names."""

LAYERS = """
CuDNNLSTM(units, return_sequences, return_state, go_backwards, stateful) = LSTM(units=units, \
return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, stateful=stateful)
CuDNNGRU(units, return_sequences, return_state, go_backwards, stateful) = GRU(units=units, \
return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, stateful=stateful)
ThresholdedReLU(theta) = ReLU(threshold=theta)
SyncBatchNormalization(axis, momentum, epsilon, center, scale) = BatchNormalization(axis=axis, momentum=momentum, \
epsilon=epsilon, center=center, scale=scale)
RandomHeight(factor) = RandomZoom(height_factor=factor, width_factor=0)
RandomWidth(factor) = RandomZoom(height_factor=0, width_factor=factor)
"""
"""Other names that Keras has or had, with their arguments, and the entry that does the same."""

NO_LAYER = {
    "Input": "a model's input stands above its layers: `input: [5]`, or several under `inputs`",
    "InputSpec": "a model's input stands above its layers: `input: [5]`, or several under `inputs`",
    "Sequential": STACK,
    "Model Functional": STACK,
    "Layer Wrapper AbstractRNNCell": "a layer of your own is a block: write its steps as entries under `blocks`",
    "TFSMLayer TorchModuleWrapper JaxLayer FlaxLayer": "a model of another framework is not read: write its layers as "
    "entries, in a block",
    "Pipeline": STACK,
    "LocallyConnected1D LocallyConnected2D": "Keras 3 has no such layer; `Conv1D` and `Conv2D` share their weights",
    "DenseFeatures RandomFourierFeatures DynamicEmbedding DynamicLookup": "Keras 3 has no such layer",
    "Highway MaxoutDense": "Keras has no such layer any more: write its steps as entries, in a block",
    "Merge": "Keras 3 has a layer for each: `Add`, `Multiply`, `Average`, `Maximum`, `Concatenate`, `Dot`",
}
"""Names that are no layer of Keras 3, several to a way out."""
