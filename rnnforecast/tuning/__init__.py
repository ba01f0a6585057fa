"""The search for settings: trials on folds within the training part, by Optuna."""
