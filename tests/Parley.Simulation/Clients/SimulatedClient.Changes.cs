using Parley.Core;
using Parley.Simulation.Checks;
using Parley.Simulation.Network;
using Parley.Simulation.Time;

namespace Parley.Simulation.Clients;

/// <summary>Editing and deleting what was said, and asking for it again, also when something else was asked since.
/// </summary>
internal sealed partial class SimulatedClient
{
    private const int AgainPercent = 35;
    private const int EditPercent = 85;

    /// <summary>So few lines that most are changed more than once.</summary>
    private const int ChangedLinesMax = 4;

    private readonly List<MessageChange> changes = [];
    private int versions;

    /// <summary>Edits or deletes a line, or asks again for what it asked for, answered or not.</summary>
    public void ChangeOne()
    {
        var drawn = world.Random.Between(0, 99);
        if (drawn < AgainPercent)
        {
            ChangeAgain();
            return;
        }

        if (answered.Count == 0)
        {
            return;
        }

        var (_, line, outcome) = answered[^(int)world.Random.Between(1, Math.Min(ChangedLinesMax, answered.Count))];
        if (outcome is Outcome.MessageStored { Conversation: > 0 } stored && hasSession)
        {
            var text = drawn < EditPercent ? $"{line.Text}, version {++versions}" : null;
            var change = new MessageChange(DrawBytes(16), line, stored.Conversation, stored.Sequence, text);
            changes.Add(change);
            Ask(change);
        }
    }

    /// <summary>Asks once more, to any node.</summary>
    public void ChangeAgain()
    {
        if (changes.Count > 0 && hasSession)
        {
            world.Hit(Failpoint.ChangeAskedAgain);
            Ask(world.Random.Pick(changes));
        }
    }

    private void Ask(MessageChange change)
    {
        if (AnyProcess() is not { } process)
        {
            return;
        }

        var asked = world.Chat.Changes.Asked(Name, change, world.Time.NowUs);
        CallAside(
            process.Connect(),
            new Request.Change(tokenHash, change) { SeenIndex = seenIndex },
            reply => ChangeAnswered(change, asked, reply));
    }

    private void ChangeAnswered(MessageChange change, Parley.Verify.HistoryEvent asked, Reply reply)
    {
        switch (reply)
        {
            case Reply.Decided { Outcome: Outcome.ConversationChanged }:
                world.Hit(change.Text is null ? Failpoint.MessageErased : Failpoint.MessageEdited);
                world.Chat.Changes.Answered(asked, refusal: null, world.Time.NowUs);
                break;
            case Reply.Decided { Outcome: Outcome.Rejected { Reason: Rejection.MessageDeleted } }:
                world.Hit(Failpoint.EditOfTombstoneRefused);
                world.Chat.Changes.Answered(asked, "MESSAGE_DELETED", world.Time.NowUs);
                break;
            case Reply.Decided
            {
                Outcome: Outcome.Rejected { Reason: not (Rejection.TooLate or Rejection.SessionEnded) } no
            }:
                throw new PropertyBrokenException(
                    Properties.LastEditStands, $"{Name} changed what it had said and got {no}");
            default:
                // Not done, not decided, or nobody knows: nothing is expected of it.
                break;
        }
    }

    /// <summary>A call beside the connection, whose answer may never come; the client is not settled before its end.
    /// </summary>
    private void CallAside(ClientConnection side, Request request, Action<Reply> answer)
    {
        sideCalls++;
        var isOver = false;
        side.Call(request, reply =>
        {
            answer(reply);
            End();
        });
        world.Time.After(3 * VirtualTime.Second, End);

        void End()
        {
            if (!isOver)
            {
                isOver = true;
                sideCalls--;
                side.Close();
            }
        }
    }
}
