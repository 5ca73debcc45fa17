using Parley.Core;
using Parley.Core.Agreement;

namespace Parley.Tests.Core;

/// <summary>Who is wrong when states differ: whoever differs from a majority of the configured voters, and nobody while
/// none agrees.</summary>
public sealed class DigestBookTests
{
    private static readonly StateDigest Right = new(7);
    private static readonly StateDigest Wrong = new(8);
    private static readonly StateDigest OtherWrong = new(9);
    private static readonly int[] Three = [1, 2, 3];
    private static readonly int[] Five = [1, 2, 3, 4, 5];

    [Fact]
    public void A_node_that_differs_from_a_majority_is_told_where_it_began()
    {
        var book = new DigestBook(self: 2);
        Note(book, Right, 10);
        Note(book, Wrong, 20, 30);
        Tell(book, Right, nodes: [1, 3, 4], 10, 20, 30);

        var verdict = JudgeReported(book, Five);

        Assert.Equal(new DigestDivergence(20, Wrong, Right, AgreedIndex: 10), verdict.Divergence);
    }

    [Fact]
    public void What_a_lost_directory_told_does_not_count_for_its_successor()
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10);
        Tell(book, Wrong, nodes: [2, 3], 10);
        book.Forget(2);

        var verdict = JudgeReported(book, Three);

        Assert.Null(verdict.Divergence);
        Assert.Equal(3, Assert.Single(verdict.Differing).Node);
    }

    [Fact]
    public void The_majority_goes_on_and_names_the_one()
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10, 20, 30);
        Tell(book, Right, nodes: [3], 10, 20, 30);
        Tell(book, Right, nodes: [2], 10);
        Tell(book, Wrong, nodes: [2], 20, 30);

        var verdict = JudgeReported(book, Three);

        Assert.Null(verdict.Divergence);
        Assert.Equal(30, verdict.AgreedIndex);
        Assert.Equal(new DigestDifference(2, 20, 30, IsOutvoted: true), Assert.Single(verdict.Differing));
        Assert.False(verdict.IsDisputed);
    }

    [Theory]
    [InlineData(new[] { 2 }, new[] { 3, 4 })]
    [InlineData(new int[0], new[] { 2, 3 })]
    [InlineData(new[] { 2, 3 }, new int[0])]
    public void Without_three_of_five_nobody_stops(int[] same, int[] others)
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10);
        Tell(book, Right, same, 10);
        Tell(book, Wrong, others, 10);

        var verdict = JudgeReported(book, Five);

        Assert.Null(verdict.Divergence);
        Assert.Equal(same.Length == 2 ? 10 : 0, verdict.AgreedIndex);
        Assert.Equal(others.Length > 0, verdict.IsDisputed);
    }

    [Fact]
    public void Three_states_of_three_nodes_are_no_majority()
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10);
        Tell(book, Wrong, nodes: [2], 10);
        Tell(book, OtherWrong, nodes: [3], 10);

        var verdict = JudgeReported(book, Three);

        Assert.Null(verdict.Divergence);
        Assert.True(verdict.IsDisputed);
        Assert.Equal([2, 3], verdict.Differing.Select(node => node.Node));
    }

    [Fact]
    public void Who_has_no_vote_counts_for_nobody_and_stops_all_the_same()
    {
        var learner = new DigestBook(self: 4);
        Note(learner, Wrong, 10);
        Tell(learner, Right, nodes: [1, 2], 10);
        var voter = new DigestBook(self: 1);
        Note(voter, Right, 10);
        Tell(voter, Wrong, nodes: [4, 5, 6], 10);

        Assert.NotNull(JudgeReported(learner, Three).Divergence);
        Assert.Null(JudgeReported(voter, Three).Divergence);
    }

    [Fact]
    public void Nothing_is_judged_before_the_others_were_told()
    {
        var book = new DigestBook(self: 1);
        Note(book, Wrong, 10);
        Tell(book, Right, nodes: [2, 3], 10);

        Assert.Null(book.Judge(Three).Divergence);
        Assert.Equal(new DigestMark(10, Wrong), Assert.Single(book.Report()));
        Assert.Null(book.Judge(Three).Divergence);
        Assert.NotNull(book.Judge(Three).Divergence);
    }

    [Fact]
    public void Only_equal_indexes_are_compared()
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10, 30);
        Tell(book, Wrong, nodes: [2, 3], 20, 40);

        var verdict = JudgeReported(book, Three);

        Assert.Null(verdict.Divergence);
        Assert.Empty(verdict.Differing);
    }

    [Fact]
    public void A_node_alone_agrees_with_itself()
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10);

        Assert.Equal(10, JudgeReported(book, [1]).AgreedIndex);
    }

    [Fact]
    public void A_node_that_agrees_again_was_replaced()
    {
        var book = new DigestBook(self: 1);
        Note(book, Right, 10, 20);
        Tell(book, Right, nodes: [2], 10, 20);
        Tell(book, Wrong, nodes: [3], 10);
        var before = JudgeReported(book, Three);

        Tell(book, Right, nodes: [3], 20);
        var after = JudgeReported(book, Three);

        Assert.Single(before.Differing);
        Assert.Empty(after.Differing);
    }

    [Fact]
    public void A_state_that_was_replaced_answers_for_nothing_before_it()
    {
        var book = new DigestBook(self: 1);
        Note(book, Wrong, 10);
        Tell(book, Right, nodes: [2, 3], 10, 20);

        book.StateReplaced();
        Note(book, Right, 20);

        Assert.Null(JudgeReported(book, Three).Divergence);
    }

    [Fact]
    public void Memory_and_reports_are_bounded()
    {
        var book = new DigestBook(self: 1);
        for (var index = 1; index <= 10_000; index++)
        {
            Note(book, Right, index);
            Tell(book, Right, nodes: [2, 3], index);
        }

        Tell(book, Wrong, nodes: [2, 3], 1); // Older than what is kept.

        Assert.Equal(DigestBook.ReportMarksMax, book.Report().Count);
        Assert.Equal(10_000, book.Report()[^1].Index);
        Assert.Empty(JudgeReported(book, Three).Differing);
    }

    [Theory]
    [InlineData(4_096, 100, 100, true)]
    [InlineData(4_097, 100, 100, false)]
    [InlineData(5, 20_000_000, 19_999_999, true)]
    [InlineData(5, 29_999_999, 20_000_000, false)]
    [InlineData(1, 1_767_225_600_000_000, 0, true)]
    public void Marks_depend_on_an_entry_and_the_one_before(
        long index, long timeUs, long previousTimeUs, bool isMark) =>
        Assert.Equal(isMark, DigestMarks.IsAfter(index, timeUs, previousTimeUs));

    private static void Note(DigestBook book, StateDigest digest, params long[] indexes)
    {
        foreach (var index in indexes)
        {
            book.Noted(index, digest);
        }
    }

    private static void Tell(DigestBook book, StateDigest digest, int[] nodes, params long[] indexes)
    {
        foreach (var node in nodes)
        {
            foreach (var index in indexes)
            {
                book.Told(node, index, digest);
            }
        }
    }

    /// <summary>As the timer does: a look that reports, one that knows of the report, one that judges.</summary>
    private static DigestVerdict JudgeReported(DigestBook book, int[] voters)
    {
        book.Report();
        book.Judge(voters);
        return book.Judge(voters);
    }
}
