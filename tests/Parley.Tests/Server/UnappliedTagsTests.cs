using Google.Protobuf;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>What a leader need not append again.</summary>
public class UnappliedTagsTests
{
    private readonly UnappliedTags tags = new();

    [Fact]
    public void A_tag_is_known_from_its_append_until_it_is_applied()
    {
        Append(1, 1, 10);
        Append(2, 1, 11);

        tags.Applied(new LogIndex(1));

        Assert.False(tags.Contains(Tag(10)));
        Assert.True(tags.Contains(Tag(11)));
    }

    [Fact]
    public void An_entry_of_another_term_replaces_what_stood_there_and_all_after_it()
    {
        Append(1, 1, 10);
        Append(2, 1, 11);
        Append(3, 1, 12);

        Append(2, 2, 20);

        Assert.True(tags.Contains(Tag(10)));
        Assert.False(tags.Contains(Tag(11)));
        Assert.False(tags.Contains(Tag(12)));
        Assert.True(tags.Contains(Tag(20)));
    }

    [Fact]
    public void The_same_entry_told_twice_is_one()
    {
        Append(1, 1, 10);
        Append(2, 1, 11);
        Append(1, 1, 10);

        Assert.Equal(2, tags.Count);
        Assert.True(tags.Contains(Tag(11)));
    }

    [Fact]
    public void Many_entries_are_held_across_growth_and_wrapping()
    {
        for (var i = 1; i <= 5_000; i++)
        {
            Append(i, 1, (ulong)i);
            if (i % 3 == 0)
            {
                tags.Applied(new LogIndex(i / 3));
            }
        }

        Assert.False(tags.Contains(Tag(1_666)));
        Assert.True(tags.Contains(Tag(1_667)));
        Assert.True(tags.Contains(Tag(5_000)));
        tags.Applied(new LogIndex(5_000));
        Assert.Equal(0, tags.Count);
    }

    [Theory]
    [InlineData(1, 1UL, 1UL)]
    [InlineData(1_000, ulong.MaxValue, 1UL << 40)]
    public void The_tag_is_read_from_the_encoded_command(int node, ulong nonce, ulong number)
    {
        var command = new LoggedCommand
        {
            StateVersion = 300,
            Tag = new ProposalTag { Node = node, StartNonce = nonce, Number = number },
            NotAfterUs = 1,
            Logout = new Logout { Session = 5 },
        };

        Assert.Equal(new CommandTag(node, nonce, number), CommandTag.Read(command.ToByteArray()));
    }

    [Fact]
    public void Of_a_batch_with_copies_only_the_rest_is_new_and_can_be_refused()
    {
        Append(1, 1, 10);
        var own = new ProposalBatch();
        own.Commands.AddRange([new byte[1], new byte[2]]);
        own.Numbers.AddRange([10UL, 11UL]);
        var forwarded = new ForwardedBatch(new ForwardedStream(_ => { }), number: 1, asked: 4);
        forwarded.Commands.AddRange([new byte[1], new byte[2], new byte[3]]);
        forwarded.Tags.AddRange([Tag(12), Tag(10), Tag(13)]);
        forwarded.Places.AddRange([0, 1, 3]); // The third was refused.
        var fresh = new NewCommands();

        fresh.Take(own, 1, 7, tags);
        Assert.Equal([11UL], fresh.Numbers);
        Assert.Equal(2, Assert.Single(fresh.Commands).Length);

        fresh.Take(forwarded, tags);
        Assert.Equal([0, 3], fresh.Places);
        Assert.Equal([Tag(12), Tag(13)], fresh.Tags);
    }

    [Fact]
    public void What_is_no_command_has_no_tag()
    {
        Assert.True(CommandTag.Read([]).IsNone);
        Assert.True(CommandTag.Read([0xFF, 0xFF, 0xFF]).IsNone);
        Assert.True(CommandTag.Read(new LoggedCommand { StateVersion = 1 }.ToByteArray()).IsNone);

        // What follows a tag without a number begins with the byte that a number's would.
        var without = new LoggedCommand
        {
            StateVersion = 1,
            Tag = new ProposalTag { Node = 1, StartNonce = 7 },
            NotAfterUs = 5,
        };
        Assert.Equal(Tag(0), CommandTag.Read(without.ToByteArray()));
    }

    private static CommandTag Tag(ulong number) => new(1, 7, number);

    private void Append(long index, long term, ulong number) =>
        tags.Appended(new LogIndex(index), new Term(term), Tag(number));
}
