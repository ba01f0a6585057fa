"""The job in plain PyTorch, as a reader would write it."""

from __future__ import annotations

import time

import torch
from job import BATCH, CELL, EPOCHS, LAYERS, LOOKBACK, UNITS, bounds, report, returns, windows

torch.manual_seed(1)
series = returns()
valid, test = bounds(len(series))
inputs, targets = (torch.tensor(one.copy()) for one in windows(series))
layer = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[CELL]
recurrent, head = layer(1, UNITS, num_layers=LAYERS, batch_first=True), torch.nn.Linear(UNITS, 1)
optimizer = torch.optim.Adam([*recurrent.parameters(), *head.parameters()], lr=1e-3)
seconds = []
for _ in range(EPOCHS):
    began = time.perf_counter()
    for batch in torch.randperm(valid - LOOKBACK).split(BATCH):
        loss = torch.nn.functional.mse_loss(
            head(recurrent(inputs[batch])[0][:, -1]), targets[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seconds.append(time.perf_counter() - began)
with torch.no_grad():
    predicted = head(recurrent(inputs[test - LOOKBACK :])[0][:, -1])[:, 0].numpy()
report(seconds, predicted, "torch")
