using Parley.Fuzz;

namespace Parley.Tests.Hostile;

/// <summary>Every decoder of what comes from outside, or from a disk: it decodes or says that it cannot, as its
/// documentation has it; it never crashes, hangs, or takes memory without bound. <c>.ci/fuzz</c> looks for inputs that
/// are worth keeping; these are gone through here, with some more made of them.</summary>
[Trait("Promise", "8")]
public sealed class DecoderTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Whatever_comes_is_decoded_or_refused(string name)
    {
        using var target = FuzzTargets.Get(name);

        Mutations.Attack(target, [.. target.Seeds, .. Corpus.Read(name)]);
    }
}
