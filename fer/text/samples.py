"""Messages that we wrote ourselves: a class's chat to try the page with, and labelled sentences to learn from."""

from __future__ import annotations

import numpy as np

from fer.emotions import EMOTIONS
from fer.text.corpora import LabelledTexts

CHAT_NAME = "sample-chat.txt"
CHAT = """\
10:00:04 From Ana Ruiz to Everyone:
\tgood morning everyone!! :)
10:00:21 From Ben Okafor to Everyone:
\tmorning
10:01:02 From Chen Wei to Everyone:
\twhich page are we on?
10:03:40 From Dana Levi to Everyone:
\twow I did not expect that result
10:04:05 From Ben Okafor to Everyone:
\twait what, how is that even possible?
10:06:11 From Ana Ruiz to Everyone:
\tok now it makes sense, thank you so much!
10:08:30 From Emil Novak to Everyone:
\tsorry, I am completely lost again :(
10:09:02 From Farah Said to Everyone:
\tme too, I don't understand the second step and I'm scared of the exam
10:09:45 From Dana Levi to Everyone:
\tsame here, the exam worries me a lot
10:11:20 From Gus Lind to Everyone:
\tmy sound is gone AGAIN, this is so annoying
10:11:58 From Gus Lind to Everyone:
\tthis app is a joke, it crashes every single time!!
10:13:15 From Hana Mori to Everyone:
\tpoor Gus 😢
10:15:07 From Chen Wei to Everyone:
\tthe slides are in the shared folder
10:16:44 From Emil Novak to Everyone:
\tah great, the example helped a lot 😄
10:18:09 From Farah Said to Everyone:
\tthat picture of the mould on the sandwich is disgusting, yuck
10:18:30 From Ben Okafor to Everyone:
\teww gross 🤢
10:21:12 From Ana Ruiz to Everyone:
\thahaha I love this class
10:24:00 From Hana Mori to Everyone:
\tI feel sad that this is our last lesson
10:24:31 From Dana Levi to Everyone:
\tI will miss you all 😭
10:25:10 From Chen Wei to Everyone:
\thomework is due on friday
10:25:42 From Emil Novak to Everyone:
\tthanks, that was amazing!!! 🎉
10:26:03 From Ana Ruiz to Everyone:
\tbye everyone ❤️
"""
"""In Zoom's form. The people are invented."""

SENTENCES: dict[str, tuple[str, ...]] = {
    "angry": (
        "this is so annoying", "stop interrupting me", "I hate this stupid app", "why do they never listen to us",
        "that is unfair and you know it", "he makes me furious", "I am sick of waiting for an answer",
        "don't lie to me again", "what a ridiculous rule", "you ruined the whole lesson", "this makes me so mad!!",
        "shut up already", "I'm really angry about my grade", "nobody asked us, how dare they", "worst support ever",
    ),
    "disgust": (
        "eww that is gross", "yuck, there is hair in it", "that smells disgusting", "the kitchen was filthy",
        "this picture makes me sick", "what a nasty thing to say", "I feel like throwing up", "rotten and revolting",
        "keep that slimy thing away", "his jokes are repulsive", "mould on the bread, yuck", "so gross 🤢",
        "the toilets here are vile", "I can't stand that stench", "disgusting behaviour, honestly",
    ),
    "fear": (
        "I'm scared of the exam", "this worries me a lot", "I am afraid to ask", "my hands are shaking",
        "please don't leave me alone in the dark", "I panic when I have to speak", "what if I fail everything",
        "that noise frightens me", "I'm terrified of flying", "I feel nervous before the test", "it's a scary thought",
        "I dread monday", "so anxious right now", "I'm worried we won't make it", "help, something is moving there",
    ),
    "happy": (
        "thank you so much!", "this was a great lesson", "I love this class", "we did it, yay!", "so proud of you all",
        "haha that made me laugh", "what a wonderful idea", "I'm glad you are here", "best day ever :)",
        "congratulations on your prize", "that was fun, let's do it again", "I enjoyed every minute",
        "perfect, now I get it", "you are awesome", "happy birthday 🎉",
    ),
    "sad": (
        "I feel so sad today", "I will miss you", "my dog died last night", "I'm sorry, I let you down",
        "nobody came to my party", "I cried all evening", "this breaks my heart", "I feel lonely and tired",
        "we lost again", "it hurts to see her go", "I'm disappointed in myself", "everything feels empty",
        "poor thing, what a loss", "I wish he was still here", "unfortunately I failed :(",
    ),
    "surprise": (
        "wow I did not expect that", "wait, what?", "no way, really?", "I can't believe it", "how is that possible?",
        "oh, I had no idea", "that came out of nowhere", "are you serious?", "what a surprise to see you here",
        "I'm stunned by the result", "huh, that is strange", "omg is that true?", "who would have thought",
        "I am confused, why did it change?", "suddenly the light went out, what happened?",
    ),
    "neutral": (
        "the slides are in the folder", "we meet at ten", "the homework is due on friday", "page 42, second paragraph",
        "I sent the file by mail", "the lesson takes 45 minutes", "chapter three is about cells", "he works in a bank",
        "the bus leaves at noon", "please mute your microphone", "there are twenty of us", "it is on the left side",
        "I use a laptop", "the next topic is algebra", "she lives in another town",
    ),
}  # fmt: skip


def labelled_sentences() -> LabelledTexts:
    """Return our sentences with the emotion that each was written for."""
    rows = [(text, emotion) for emotion in EMOTIONS for text in SENTENCES[emotion]]
    targets = np.array([[float(emotion == name) for name in EMOTIONS] for _, emotion in rows], np.float32)
    return LabelledTexts([text for text, _ in rows], targets)
