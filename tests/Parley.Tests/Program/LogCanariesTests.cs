using Parley.Verbs.Verify;

namespace Parley.Tests.Program;

/// <summary>What nodes say is searched for what they must never say.</summary>
[Trait("Promise", "8")]
public sealed class LogCanariesTests : IDisposable
{
    private const string Token = "mJ0pT8xq2Lw5sRzB7vYkN3dGh6fCa9uEoXiKtQyWbPM";
    private readonly string file = Path.GetTempFileName();

    [Theory]
    [InlineData("info: stored: alice to bob, line 3 of canary-77", true)]
    [InlineData("warn: login with NEVER-SAID failed", true)]
    [InlineData($"debug: authorization {Token} refused", true)]
    [InlineData("info: cluster 0909ab3fb72e77fad701ca1c3907f1ce, founded with 5 members", false)]
    [InlineData("info: digest 9c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f9c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f", false)]
    public void A_text_a_password_or_a_token_is_found_and_nothing_else(string line, bool isHit)
    {
        File.WriteAllLines(file, ["listening client=127.0.0.1:7401 node=127.0.0.1:7501", line]);

        var hits = LogCanaries.Find([file, "/nowhere"], ["canary-77", "never-said"]).ToList();

        Assert.Equal(isHit ? 1 : 0, hits.Count);
        Assert.All(hits, hit => Assert.StartsWith($"{file}:2 ", hit, StringComparison.Ordinal));
    }

    public void Dispose() => File.Delete(file);
}
