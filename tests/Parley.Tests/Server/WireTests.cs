using Parley.Raft;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>What nodes say to each other arrives as it was said.</summary>
public class WireTests
{
    private static readonly NodeKey One = new(new NodeId(1), 0xA1);
    private static readonly NodeKey Two = new(new NodeId(2), 0xA2);

    [Fact]
    public void A_leaders_word_that_it_does_not_hear_the_receiver_arrives()
    {
        foreach (var isUnheard in (bool[])[true, false])
        {
            AssertArrives(new Message.HeartbeatRequest
            {
                From = One,
                To = Two,
                Term = new Term(3),
                CommitIndex = new LogIndex(4),
                LeaderCommit = new LogIndex(6),
                Round = 5,
                IsUnheard = isUnheard,
            });
        }
    }

    [Fact]
    public void Questions_and_answers_about_the_leader_arrive()
    {
        AssertArrives(new Message.LeaderInquiry { From = One, To = Two, Term = new Term(3) });
        AssertArrives(new Message.LeaderNews
        {
            From = One,
            To = Two,
            Term = new Term(3),
            Leader = new NodeId(5),
            SilentTicks = 4,
        });
    }

    private static void AssertArrives(Message message) =>
        Assert.Equal(message, Wire.FromWire(Wire.ToWire(message), message.From, message.To));
}
