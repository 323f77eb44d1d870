"""Messages that are kept until their pictures are read (`message.ocr = "later"`).

The client has its 250, so the message is ours. It is nobody's case yet: nobody is shown or told of it, since it may be
as ordinary as most mail with a logo. Read, it is judged anew, and goes on (nothing ever kept it, so nobody's approval
lacks) or becomes the case that the client was told of. What cannot be read becomes a case too.
"""
