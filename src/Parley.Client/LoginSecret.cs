namespace Parley.Client;

/// <summary>What opens a session: a name and its password, or a device token, which knows its account.</summary>
internal sealed record LoginSecret
{
    private LoginSecret(string name, string password, byte[]? deviceToken)
    {
        Name = name;
        Password = password;
        DeviceToken = deviceToken;
    }

    /// <summary>Empty: whatever account the token is of.</summary>
    public string Name { get; }

    /// <summary>Empty with a token.</summary>
    public string Password { get; }

    /// <summary>32 bytes, or null.</summary>
    public byte[]? DeviceToken { get; }

    public static LoginSecret OfPassword(string name, string password) => new(name, password, deviceToken: null);

    /// <param name="deviceToken">32 bytes.</param>
    /// <param name="name">Refused unless it is the token's account; null: any.</param>
    public static LoginSecret OfDeviceToken(byte[] deviceToken, string? name) => new(name ?? "", "", deviceToken);
}
