"""Small networks as users write them, for the tests of exporting and training."""

import torch
from torch import nn


class Mixed(nn.Module):
    """Batch normalization, tied weights, a parameter that is not used, and a table of integers."""

    def __init__(self, features=64, hidden=32, classes=10):
        super().__init__()
        self.stem = nn.Linear(features, hidden)
        self.bn = nn.BatchNorm1d(hidden)
        self.first = nn.Linear(hidden, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.second.weight = self.first.weight
        self.spare = nn.Parameter(torch.ones(3))
        self.head = nn.Linear(hidden, classes)
        self.register_buffer("order", torch.arange(features).flip(0))

    def forward(self, x):
        x = torch.relu(self.bn(self.stem(x[:, self.order])))
        x = torch.relu(self.second(torch.relu(self.first(x))))
        return self.head(x)


class Images(nn.Module):
    """Wants rows of one channel of 8 x 8."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(4 * 36, 10)

    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).flatten(1))


class Wide(nn.Module):
    """Has a parameter that is not float32."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)
        self.scale = nn.Parameter(torch.ones(2, dtype=torch.float64))

    def forward(self, x):
        return (self.head(x) * self.scale).float()


class WideBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)
        self.register_buffer("shift", torch.ones(2, dtype=torch.float64))

    def forward(self, x):
        return self.head(x) - self.shift.float()


class Assigning(nn.Module):
    """Puts a new tensor in the place of its buffer, as batch normalization once did."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)
        self.register_buffer("mean", torch.zeros(10))

    def forward(self, x):
        scores = self.head(x)
        if self.training:
            self.mean = 0.5 * self.mean + 0.5 * scores.detach().mean(0)
        return scores - self.mean


class Counting(nn.Module):
    """Keeps a state that is no buffer."""

    steps: int

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)
        self.steps = 0

    def forward(self, x):
        self.steps += 1
        return self.head(x) * self.steps


class Words(nn.Module):
    def __init__(self, vocabulary=20, cells=8):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 4)
        self.lstm = nn.LSTM(4, cells, batch_first=True)
        self.head = nn.Linear(cells, 2)

    def forward(self, words):
        return self.head(self.lstm(self.embedding(words))[0][:, -1])


class Unscriptable(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)

    def forward(self, *rows, **unknown):
        return self.head(rows[0])


class Dropping(Unscriptable):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, *rows):
        return self.head(self.drop(rows[0]))


class FixedBatch(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(x).reshape(2, 2)


def not_a_module():
    return 3


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        scores = self.head(x)
        return scores, scores


class Noisy(nn.Module):
    """Draws random numbers in training, in the ways that layers do."""

    def __init__(self, kind="dropout"):
        super().__init__()
        self.lstm = nn.LSTM(8, 8, num_layers=2, batch_first=True, dropout=0.5 if kind == "lstm" else 0.0)
        makers = {"dropout": nn.Dropout, "inplace": lambda: nn.Dropout(inplace=True), "channels": nn.Dropout2d,
                  "alpha": nn.AlphaDropout, "lstm": nn.Identity, "rrelu": nn.RReLU}
        self.noise = makers[kind]()
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        steps, _ = self.lstm(x.reshape(-1, 8, 8))
        return self.head(self.noise(steps.unsqueeze(2)).squeeze(2)[:, -1])
