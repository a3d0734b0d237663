"""List the names of settings in other programs, with cnnlab's names for these settings."""

from __future__ import annotations

_NAMES = {
    "learning_rate": "lr rate alpha eta step_size base_lr initial_lr init_lr lr_schedule "
    "lr_scheduler scheduler schedule",
    "batch_size": "bs b batch batches batchsize minibatch mini_batch_size train_batch_size",
    "epochs": "epoch e n_epochs num_epochs nb_epochs nb_epoch max_epochs num_train_epochs",
    "validation": "validation_split val_split valid_split val val_size valid_size validation_size "
    "val_fraction validation_fraction val_ratio",
    "test": "test_split test_size test_fraction test_ratio",
    "dataset": "data data_dir data_path datadir dataset_dir dataset_path train_dir train_data",
    "scaling": "normalize normalization standardize rescale",
    "augment": "aug augmentation augmentations data_augmentation transforms",
    "class_weight": "class_weights classweight classweights cls_weights balance balanced",
    "image_size": "img_size imgsz size input_size resize resolution",
    "color_mode": "color colour",
    "optimizer": "opt optim solver",
    "weight_decay": "wd",
    "clipnorm": "clip grad_clip gradient_clip max_grad_norm",
    "loss": "criterion loss_fn loss_function",
    "label_smoothing": "smoothing",
    "metrics": "metric",
    "precision": "dtype",
    "callbacks": "callback",
    "patience": "early_stopping_patience early_stop",
    "early_stopping": "earlystopping",
    "seed": "random_seed random_state rng_seed manual_seed s",
    "name": "run_name exp_name experiment_name",
    "ensemble": "members models n_models num_models",
    "filters": "n_filters num_filters out_channels",
    "kernel_size": "kernel ksize filter_size",
    "units": "hidden hidden_units hidden_size neurons",
    "activation": "act nonlinearity",
    "dropout": "dropout_rate drop drop_rate",
}
_VALUES = {
    "cross_entropy": "ce crossentropy categorical_crossentropy sparse_categorical_crossentropy "
    "crossentropyloss nll",
    "standard": "standardize zscore",
    "mixed_float16": "16 fp16 half",
    "mixed_bfloat16": "bf16",
    "float32": "32 fp32 full",
}


def _invert(table: dict[str, str]) -> dict[str, str]:
    return {word: ours for ours, words in table.items() for word in words.split()}


KEYS = _invert(_NAMES)
VALUES = _invert(_VALUES)
