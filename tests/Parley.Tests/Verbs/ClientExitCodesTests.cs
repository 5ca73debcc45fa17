using Parley.Client;
using Parley.CommandLine;
using Parley.Verbs;

namespace Parley.Tests.Verbs;

/// <summary>What the program ends with.</summary>
public sealed class ClientExitCodesTests
{
    [Fact]
    public void Every_kind_of_failure_has_its_code()
    {
        Assert.Equal(1, ClientExitCodes.Of(new RefusedException("TEXT_EMPTY", "")));
        Assert.Equal(3, ClientExitCodes.Of(new NoMajorityException("")));
        Assert.Equal(4, ClientExitCodes.Of(new NotAuthenticatedException("SESSION_ENDED", "")));
        Assert.Equal(5, ClientExitCodes.Of(new NotFoundException("NOT_FOUND", "")));
        Assert.Equal(6, ClientExitCodes.Of(new ConflictException("ALREADY_LOGGED_IN", "")));
        Assert.Equal(7, ClientExitCodes.Of(new OutcomeUnknownException("OUTCOME_UNKNOWN", "")));
    }

    [Theory]
    [InlineData(ExitCodes.Ok, ExitCodes.Refused, ExitCodes.Refused)]
    [InlineData(ExitCodes.NotFound, ExitCodes.Refused, ExitCodes.NotFound)]
    [InlineData(ExitCodes.Conflict, ExitCodes.NoMajority, ExitCodes.NoMajority)]
    [InlineData(ExitCodes.OutcomeUnknown, ExitCodes.NoMajority, ExitCodes.OutcomeUnknown)]
    public void The_worst_line_decides(int one, int other, int worst)
    {
        Assert.Equal(worst, ClientExitCodes.Worse(one, other));
        Assert.Equal(worst, ClientExitCodes.Worse(other, one));
    }
}
