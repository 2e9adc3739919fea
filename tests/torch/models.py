"""The built-in models once more, written as their papers and PyTorch's users write them."""

import torch
from torch import nn
from torch.nn import functional as F


class Cnn(nn.Module):
    """Two 5x5 convolutions, each with pooling, and two linear layers."""

    def __init__(self, shape, classes, channels, hidden, dropout, padding):
        super().__init__()
        self.conv1 = nn.Conv2d(shape[0], channels[0], 5, padding=padding)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 5, padding=padding)
        self.drop = nn.Dropout(dropout)
        with torch.no_grad():
            flat = self.features(torch.zeros(1, *shape)).numel()
        self.fc1 = nn.Linear(flat, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def features(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        return F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)

    def forward(self, x):
        x = self.drop(self.features(x))
        return self.fc2(self.drop(F.relu(self.fc1(x))))


def mnist_cnn(shape, outputs, channels=(20, 50), hidden=500, dropout=0.0):
    return Cnn(shape, outputs, channels, hidden, dropout, padding=0)


def cifar_cnn(shape, outputs, channels=(32, 64), hidden=512, dropout=0.0):
    return Cnn(shape, outputs, channels, hidden, dropout, padding=2)


class ImdbLstm(nn.Module):
    def __init__(self, vocabulary, classes, embedding, cells, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, cells, batch_first=True)
        self.fc1 = nn.Linear(cells, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, words):
        steps, _ = self.lstm(self.embedding(words))
        return self.fc2(F.relu(self.fc1(steps[:, -1])))


def imdb_lstm(vocabulary, outputs, embedding=32, cells=64, hidden=64):
    return ImdbLstm(vocabulary, outputs, embedding, cells, hidden)


class BasicBlock(nn.Module):
    """He et al., CVPR 2016."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Resnet18(nn.Module):
    def __init__(self, shape, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(shape[0], 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Vgg16(nn.Module):
    """Simonyan and Zisserman, ICLR 2015, configuration D, with batch normalization."""

    def __init__(self, shape, classes):
        super().__init__()
        layers, channels = [], shape[0]
        for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
            if width == 0:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class WideBlock(nn.Module):
    """Zagoruyko and Komodakis, BMVC 2016: activation before convolution."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        active = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return y + (x if self.shortcut is None else self.shortcut(active))


class WideResnet(nn.Module):
    def __init__(self, shape, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(shape[0], 16, 3, padding=1, bias=False)
        self.block1 = nn.Sequential(WideBlock(16, 64, 1), WideBlock(64, 64, 1))
        self.block2 = nn.Sequential(WideBlock(64, 128, 2), WideBlock(128, 128, 1))
        self.block3 = nn.Sequential(WideBlock(128, 256, 2), WideBlock(256, 256, 1))
        self.bn = nn.BatchNorm2d(256)
        self.fc = nn.Linear(256, classes)

    def forward(self, x):
        x = F.relu(self.bn(self.block3(self.block2(self.block1(self.conv1(x))))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Softmax(nn.Module):
    """Of what has no layers of its own in PyTorch: the two names of the flat model."""

    def __init__(self, shape, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(classes, *shape))
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


# name -> maker(shape of a row or size of the vocabulary, number of outputs, options)
MODELS = {
    "mnist-cnn": mnist_cnn,
    "cifar-cnn": cifar_cnn,
    "imdb-lstm": imdb_lstm,
    "resnet18": Resnet18,
    "vgg16": Vgg16,
    "wide-resnet-16-4": WideResnet,
    "softmax": Softmax,
}
