using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>What a leader answers to forwarded batches.</summary>
public class ForwardedStreamTests
{
    private static readonly Term Now = new(3);

    [Fact]
    public void Batches_that_were_appended_whole_are_answered_together()
    {
        var answers = new List<ForwardAnswer>();
        var stream = new ForwardedStream(answers.Add);

        for (var batch = 1; batch <= 33; batch++)
        {
            Assert.True(stream.IsOpenIn(Now));
            stream.Answer(new ForwardAnswer(batch, IsNotLeader: false, Now, Overloaded: 0));
        }

        Assert.Equal([16, 32], answers.Select(answer => answer.Batch));
    }

    [Fact]
    public void A_batch_that_was_not_appended_is_answered_at_once()
    {
        var answers = new List<ForwardAnswer>();
        var stream = new ForwardedStream(answers.Add);
        Assert.True(stream.IsOpenIn(Now));

        stream.Answer(new ForwardAnswer(1, IsNotLeader: false, Now, Overloaded: 2));
        stream.Answer(new ForwardAnswer(2, IsNotLeader: false, Now, Overloaded: 0) { Refused = [4] });
        stream.Answer(new ForwardAnswer(3, IsNotLeader: true, Now, Overloaded: 0));

        Assert.Equal([1, 2, 3], answers.Select(answer => answer.Batch));
        Assert.False(stream.IsOpenIn(Now));
    }
}
