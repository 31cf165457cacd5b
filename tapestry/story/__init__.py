"""What a tape means: agents, the calls they made, the deliveries they got, and why.

Player, judge and diff all work on stories and never on wire facts, so that a session recorded over
long-polling can be played over WebSocket, and a notification that overtakes its own HTTP answer is
no difference.
"""
